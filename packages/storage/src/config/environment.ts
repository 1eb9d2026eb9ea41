import type { ConfigurationContext } from './input.js';
import { ConfigurationError, mistakeAt } from './mistake.js';
import { nearest } from './nearest.js';
import type { Entry, MapNode, Node } from './node.js';
import type { Environment } from './variables.js';

/** Environments that need not be in the file. */
const STANDARD = ['development', 'test', 'staging', 'production'] as const;

/** The name of the environment, and where it is from. */
export function chosenEnvironment(given: string | undefined, env: Environment) {
  const { STORAGE_ENV, NODE_ENV } = env;
  if (given) return { name: given, from: 'the option environment' };
  if (STORAGE_ENV) return { name: STORAGE_ENV, from: 'STORAGE_ENV' };
  if (NODE_ENV) return { name: NODE_ENV, from: 'NODE_ENV' };
  return { name: 'development', from: 'the default' };
}

export type Chosen = ReturnType<typeof chosenEnvironment>;

/** A file's content: what all environments share, and what each of them has of its own. */
export interface Layout {
  readonly base: Node;
  readonly environments: ReadonlyMap<string, Entry>;
}

/** @throws ConfigurationError */
export function layoutOf(root: Node): Layout {
  if (root.kind !== 'map') {
    const message = 'is no map; it has storages, and may have default and environments';
    throw new ConfigurationError([mistakeAt(root.place, [], { message })]);
  }
  const entries = new Map(root.entries);
  const given = entries.get('environments')?.node;
  entries.delete('environments');
  entries.delete('$schema'); // for editors
  return { base: { ...root, entries }, environments: environmentsOf(given) };
}

function environmentsOf(node: Node | undefined): ReadonlyMap<string, Entry> {
  if (node === undefined || isNothing(node)) return new Map();
  if (node.kind === 'map') {
    for (const [name, { node: own, place }] of node.entries)
      if (own.kind !== 'map' && !isNothing(own))
        throw new ConfigurationError([
          mistakeAt(place, ['environments', name], {
            message: 'is no map of what differs in this environment',
          }),
        ]);
    return new Map([...node.entries].map(([name, entry]) => [name, asMap(entry)]));
  }
  const message = 'is no map of environments';
  throw new ConfigurationError([mistakeAt(node.place, ['environments'], { message })]);
}

function asMap({ place, node }: Entry): Entry {
  const empty: MapNode = { kind: 'map', entries: new Map(), place };
  return { place, node: isNothing(node) ? empty : node };
}

function isNothing(node: Node): boolean {
  return node.kind === 'scalar' && node.value === null;
}

/**
 * @param known the environments that there are.
 * @throws ConfigurationError
 */
export function checkEnvironment(
  { name, from }: Chosen,
  known: readonly string[],
  file: string,
): void {
  const names = [...new Set([...known, ...STANDARD])];
  if (names.includes(name)) return;
  const meant = nearest(name, names);
  throw new ConfigurationError([
    mistakeAt({ file }, ['environments'], {
      message: `has no environment ${JSON.stringify(name)}, which ${from} names`,
      allowed: names,
      ...(meant === undefined ? {} : { nearest: meant }),
    }),
  ]);
}

export const contextOf = (environment: string, env: Environment): ConfigurationContext => ({
  environment,
  env,
});
