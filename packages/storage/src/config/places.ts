import { resolve } from 'node:path';
import type { Path } from './node.js';
import { replaced } from './replace.js';
import { marks } from './schema/mark.js';
import { type Schema, walk } from './walk.js';

const SCHEME = /^[a-z][a-z0-9+]+:/i;

/** Relative paths, also those of files in addresses, from a directory on. */
export function resolvedPaths(schema: Schema, value: unknown, directory: string): unknown {
  const changes: { readonly path: Path; readonly text: string }[] = [];
  walk(schema, value, (inner, text, path) => {
    if (typeof text !== 'string' || text === '') return;
    const mark = marks.get(inner)?.mark;
    if (mark === 'path') changes.push({ path, text: resolve(directory, text) });
    if (mark === 'address') changes.push({ path, text: resolvedAddress(text, directory) });
  });
  let result = value;
  for (const { path, text } of changes) result = replaced(result, path, text);
  return result;
}

function resolvedAddress(text: string, directory: string): string {
  if (/^sqlite:./.test(text)) return `sqlite:${resolve(directory, text.slice('sqlite:'.length))}`;
  return SCHEME.test(text) ? text : resolve(directory, text);
}
