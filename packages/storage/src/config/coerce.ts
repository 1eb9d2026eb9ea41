import { z } from 'zod';
import { type Node, nodeAt, type Path } from './node.js';
import { replaced } from './replace.js';
import { type Schema, walk } from './walk.js';

/** What a text from the environment can stand for, where the text itself is not what is wanted. */
function meaningOf(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

/** Texts from the environment that are numbers or booleans, where the schema wants those and no text. */
export function coerced(schema: Schema, value: unknown, root: Node): unknown {
  const changes: { readonly path: Path; readonly value: unknown }[] = [];
  let done = '';
  walk(schema, value, (inner, text, path) => {
    const key = JSON.stringify(path);
    if (typeof text !== 'string' || key === done) return;
    done = key; // it is visited again for what is within the schema
    const node = nodeAt(root, path);
    if (node?.kind !== 'scalar' || node.variables === undefined) return;
    const meaning = meaningOf(text);
    if (meaning === text || z.safeParse(inner, text).success) return;
    changes.push({ path, value: meaning });
  });
  let result = value;
  for (const change of changes) result = replaced(result, change.path, change.value);
  return result;
}
