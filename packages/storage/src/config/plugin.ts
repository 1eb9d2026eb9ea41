import { statSync } from 'node:fs';
import { dirname, extname, isAbsolute, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Place } from './node.js';
import { type CreateProvider, isBuiltIn, type Providers } from './provider.js';

const EXPORT = 'providers';
const WANTED = `a map of names and functions: export const ${EXPORT} = { name: defineProvider({ … }) }`;

/**
 * The providers that a module exports, or what is wrong with it.
 * @param directory that it is looked for from, if the configuration was made in code.
 */
export async function importPlugin(
  module: string,
  { file }: Place,
  directory: string,
): Promise<Providers | string> {
  const from = isAbsolute(file) ? file : resolve(directory, 'configuration.js');
  const url = await urlOf(module, from);
  if (url === undefined) return notFound(module, from);
  if (/^\.[cm]?tsx?$/.test(extname(new URL(url).pathname)))
    return `names ${pathOf(url)}, which is TypeScript: name the JavaScript that it is compiled to`;
  try {
    const loaded: unknown = await import(/* @vite-ignore */ url);
    return providersOf(loaded, pathOf(url));
  } catch (cause) {
    const why = isSyntaxError(cause) ? 'it can’t be parsed' : messageOf(cause);
    return `names ${pathOf(url)}, which can’t be loaded: ${why}`;
  }
}

/** As an import in the configuration itself would find it. */
async function urlOf(module: string, from: string): Promise<string | undefined> {
  if (isFilePath(module)) {
    const file = module.startsWith('file:')
      ? fileURLToPath(module)
      : resolve(dirname(from), module);
    const isFile = statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
    return isFile ? pathToFileURL(file).href : undefined;
  }
  const { createJiti } = await import('jiti');
  const found = createJiti(from).esmResolve(module, { try: true, conditions: ['node', 'import'] });
  return found;
}

function isFilePath(module: string): boolean {
  return /^(\.\.?\/|\/|file:)/.test(module) || isAbsolute(module);
}

function notFound(module: string, from: string): string {
  const folder = dirname(from);
  if (isFilePath(module))
    return `names a file that does not exist: ${resolve(folder, module)} (paths of plugins start at the directory of this file)`;
  return `names the package ${module}, which is not installed where this file is: npm install ${module}, or write ./${module} for a file`;
}

function providersOf(module: unknown, path: string): Providers | string {
  const given = memberOf(module, EXPORT) ?? memberOf(memberOf(module, 'default'), EXPORT);
  if (given === undefined) return `names ${path}, which has no export "${EXPORT}", ${WANTED}`;
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    return `names ${path}, whose export "${EXPORT}" is not ${WANTED}`;
  const found: Record<string, CreateProvider> = {};
  for (const [name, create] of Object.entries(given)) {
    if (!isCreate(create))
      return `names ${path}, whose provider "${name}" is no function, as defineProvider makes it`;
    if (isBuiltIn(name))
      return `names ${path}, whose provider "${name}" has the name of one that is built in: export it under another`;
    found[name] = create;
  }
  if (Object.keys(found).length === 0) return `names ${path}, whose export "${EXPORT}" is empty`;
  return found;
}

/** What it gives is looked at when it is called. */
function isCreate(value: unknown): value is CreateProvider {
  return typeof value === 'function';
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.entries(value).find(([key]) => key === name)?.[1];
}

function isSyntaxError(cause: unknown): boolean {
  return cause instanceof Error && cause.name === 'SyntaxError'; // whose message quotes the source
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

function pathOf(url: string): string {
  return url.startsWith('file:') ? fileURLToPath(url) : url;
}
