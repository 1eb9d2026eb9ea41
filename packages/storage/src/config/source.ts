import { readFile, stat } from 'node:fs/promises';
import {
  type Chosen,
  checkEnvironment,
  chosenEnvironment,
  contextOf,
  layoutOf,
} from './environment.js';
import { findFile, isModule, overlayFile, overlayFiles, projectOf } from './find-file.js';
import { ConfigurationError, type Mistake, mistakeAt } from './mistake.js';
import { readModule } from './module.js';
import type { Node } from './node.js';
import { laidOver, strayStorages } from './overlay.js';
import type { SettleOptions } from './settle.js';
import type { Environment } from './variables.js';
import { parseYaml } from './yaml.js';

/** Bytes. */
const MOST = 1024 ** 2;

export interface SourceOptions {
  /** The file. Default: `STORAGE_CONFIG`, else `storage.yml`, `.yaml`, `.json`, `.mjs`, `.js` or `.ts` in `config/`. */
  readonly file?: string | undefined;
  /** Default: `STORAGE_ENV`, else `NODE_ENV`, else `development`. */
  readonly environment?: string | undefined;
  /** What variables are taken from. Default: `process.env`. */
  readonly env?: Environment | undefined;
  /** The directory that holds `config/`. Default: the working directory. */
  readonly cwd?: string | undefined;
}

/** A configuration as it stands in its files, for one environment. */
export interface Source {
  readonly file: string;
  readonly files: readonly string[];
  /** That relative paths start at. */
  readonly directory: string;
  readonly environment: string;
  readonly env: Environment;
  /** In which variables are filled in: texts of a module are its own. */
  readonly hasVariables: boolean;
  /** The environment laid over what all share. */
  readonly root: Node;
  readonly mistakes: readonly Mistake[];
}

/** @throws ConfigurationError for what can’t be read at all. */
export async function readSource(options: SourceOptions): Promise<Source> {
  const { cwd = process.cwd(), env = process.env } = options;
  const file = findFile(options.file, cwd, env);
  const chosen = chosenEnvironment(options.environment, env);
  const { base, environments } = layoutOf(await readRoot(file, chosen.name, env));
  const overlay = overlayFile(file, chosen.name);
  checkEnvironment(chosen, [...environments.keys(), ...overlayFiles(file).keys()], file);
  const own = environments.get(chosen.name)?.node;
  const beside = overlay === undefined ? undefined : await readOverlay(overlay);
  const over = [own, beside].filter((node) => node !== undefined);
  return {
    file,
    files: overlay === undefined ? [file] : [file, overlay],
    directory: projectOf(file),
    environment: chosen.name,
    env,
    hasVariables: !isModule(file),
    root: over.reduce(laidOver, base),
    mistakes: over.flatMap((node) => strayStorages(base, node)),
  };
}

/** How a source is to be settled. */
export function settleOptions(source: Source): Omit<SettleOptions, 'providers' | 'isElsewhere'> {
  const { directory, environment, env, hasVariables, mistakes } = source;
  return { directory, environment, told: mistakes, ...(hasVariables ? { env } : {}) };
}

/** All environments that a configuration speaks of. */
export async function environmentsOf(options: SourceOptions): Promise<readonly string[]> {
  const { cwd = process.cwd(), env = process.env } = options;
  const file = findFile(options.file, cwd, env);
  const chosen: Chosen = chosenEnvironment(options.environment, env);
  const { environments } = layoutOf(await readRoot(file, chosen.name, env));
  return [...new Set([...environments.keys(), ...overlayFiles(file).keys()])];
}

async function readRoot(file: string, environment: string, env: Environment): Promise<Node> {
  if (isModule(file)) return readModule(file, contextOf(environment, env));
  return parseYaml(await readText(file), file);
}

async function readOverlay(file: string): Promise<Node> {
  const { base, environments } = layoutOf(parseYaml(await readText(file), file));
  const [entry] = environments.values();
  if (entry === undefined) return base;
  const message = 'is no setting of a file that is for one environment';
  throw new ConfigurationError([mistakeAt(entry.place, ['environments'], { message })]);
}

async function readText(file: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size > MOST) throw new Error('it is larger than 1 MiB');
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file));
  } catch (cause) {
    const why = cause instanceof TypeError ? 'it is not UTF-8' : messageOf(cause);
    throw new ConfigurationError(
      [mistakeAt({ file }, [], { message: `can’t be read: ${why}` })],
      cause,
    );
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
