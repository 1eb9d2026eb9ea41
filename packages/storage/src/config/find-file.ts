import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { ConfigurationError, mistakeAt } from './mistake.js';
import type { Environment } from './variables.js';

/** What a configuration is written in. */
const MODULES = ['.mjs', '.js', '.ts'] as const;
const DATA = ['.yml', '.yaml', '.json'] as const;

const FOLDER = 'config';
const NAME = 'storage';

export function isModule(file: string): boolean {
  return MODULES.some((end) => end === extname(file));
}

/**
 * The file of a configuration: the one that is named, else the one in `config/`.
 * @throws ConfigurationError
 */
export function findFile(given: string | undefined, cwd: string, env: Environment): string {
  const named = given || env['STORAGE_CONFIG'];
  if (named) return checkedFile(resolve(cwd, named), given ? 'that is named' : 'STORAGE_CONFIG');
  const folder = resolve(cwd, FOLDER);
  const ends: readonly string[] = [...DATA, ...MODULES];
  const found = ends.map((end) => join(folder, NAME + end)).filter(isFile);
  return only(found, folder, {
    none: `has no ${NAME}${ends.join(`, ${NAME}`)}; storage config init writes one`,
    several: 'has several configurations',
  });
}

/** The directory that relative paths in a configuration start at: that of the project. */
export function projectOf(file: string): string {
  const folder = dirname(file);
  return basename(folder) === FOLDER ? dirname(folder) : folder;
}

/** Files beside the configuration that are laid over it, by environment: `storage.production.yml`. */
export function overlayFiles(file: string): ReadonlyMap<string, readonly string[]> {
  const folder = dirname(file);
  const name = basename(file, extname(file));
  const overlays = new Map<string, readonly string[]>();
  for (const other of readdirSync(folder).sort()) {
    const end = DATA.find((each) => other.endsWith(each));
    const path = join(folder, other);
    if (end === undefined || !other.startsWith(`${name}.`) || path === file) continue;
    const environment = other.slice(name.length + 1, -end.length);
    if (!/^[\w-]+$/.test(environment)) continue;
    overlays.set(environment, [...(overlays.get(environment) ?? []), path]);
  }
  return overlays;
}

/** @throws ConfigurationError if there are several. */
export function overlayFile(file: string, environment: string): string | undefined {
  const found = overlayFiles(file).get(environment) ?? [];
  if (found.length === 0) return undefined;
  return only(found, dirname(file), {
    none: '',
    several: `has several configurations for the environment ${environment}`,
  });
}

function only(
  files: readonly string[],
  folder: string,
  messages: { readonly none: string; readonly several: string },
): string {
  const [file] = files;
  if (file !== undefined && files.length === 1) return file;
  throw new ConfigurationError([
    mistakeAt({ file: folder }, [], {
      message: file === undefined ? messages.none : messages.several,
      ...(file === undefined ? {} : { allowed: files.map((each) => basename(each)) }),
    }),
  ]);
}

function checkedFile(file: string, from: string): string {
  const ends: readonly string[] = [...DATA, ...MODULES];
  if (!ends.includes(extname(file)))
    throw wrong(file, `is not a configuration (${from}); its name ends in ${ends.join(', ')}`);
  if (isFile(file)) return file;
  throw wrong(file, `does not exist, or is no file (${from})`);
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function wrong(file: string, message: string): ConfigurationError {
  return new ConfigurationError([mistakeAt({ file }, [], { message })]);
}
