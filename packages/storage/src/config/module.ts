import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type ConfigurationContext, defineConfiguration } from './input.js';
import { ConfigurationError, mistakeAt } from './mistake.js';
import { type Node, nodeOf } from './node.js';

/**
 * Reads a module of configuration: its default export, or what that gives if it is a function. A changed module is read anew;
 * what a JavaScript module imports is kept by Node.
 * @throws ConfigurationError
 */
export async function readModule(file: string, context: ConfigurationContext): Promise<Node> {
  const exported = await imported(file);
  if (exported === undefined) throw wrong(file, 'has no default export');
  if (typeof exported !== 'function') return nodeOf(exported, { file });
  try {
    const value: unknown = await exported(context);
    return nodeOf(value, { file });
  } catch (cause) {
    throw wrong(file, `has a function that failed: ${messageOf(cause)}`, cause);
  }
}

async function imported(file: string): Promise<unknown> {
  try {
    return extname(file) === '.ts' ? await importTypeScript(file) : await importJavaScript(file);
  } catch (cause) {
    // The messages of parsers quote what they have met.
    if (isSyntaxError(cause))
      throw new ConfigurationError([
        mistakeAt({ file, ...placeIn(cause) }, [], { message: 'can’t be parsed' }),
      ]);
    throw wrong(file, `can’t be loaded: ${messageOf(cause)}`, cause);
  }
}

async function importTypeScript(file: string): Promise<unknown> {
  const { createJiti } = await import('jiti');
  // What was compiled is not kept: there may be secrets in it. Of this package a configuration needs but one function, and not to be
  // compiled, too.
  const jiti = createJiti(file, {
    moduleCache: false,
    fsCache: false,
    interopDefault: false,
    virtualModules: { '@org/storage': { defineConfiguration } },
  });
  return defaultOf(await jiti.import(file));
}

async function importJavaScript(file: string): Promise<unknown> {
  const url = pathToFileURL(file);
  url.searchParams.set('modified', String((await stat(file)).mtimeMs));
  return defaultOf(await import(/* @vite-ignore */ url.href));
}

function defaultOf(module: unknown): unknown {
  return typeof module === 'object' && module !== null && 'default' in module
    ? module.default
    : undefined;
}

function isSyntaxError(cause: unknown): cause is Error {
  return (
    cause instanceof Error &&
    (cause.name === 'SyntaxError' || cause.message.startsWith('ParseError'))
  );
}

/** Where the compiler of TypeScript, in its message, or Node, above its stack, say that it is. */
function placeIn({ message, stack = '' }: Error): {
  readonly line?: number;
  readonly column?: number;
} {
  const [, line, column] = /:(\d+):(\d+)\s*$/.exec(message) ?? [];
  if (line !== undefined) return { line: Number(line), column: Number(column) + 1 };
  const [, first] = /^file:.*:(\d+)\n/.exec(stack) ?? [];
  return first === undefined ? {} : { line: Number(first) };
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

function wrong(file: string, message: string, cause?: unknown): ConfigurationError {
  return new ConfigurationError([mistakeAt({ file }, [], { message })], cause);
}
