import { ConfigurationError, type Mistake, mistakeAt } from './mistake.js';
import { type ListNode, type Node, nodeAt, type Path } from './node.js';
import { importPlugin } from './plugin.js';
import { isBuiltIn, type Providers } from './provider.js';
import { readSource, type SourceOptions, settleOptions } from './source.js';
import { type Environment, fillIn } from './variables.js';

/** The providers of third parties that a configuration names modules for. */
export interface Plugins {
  readonly providers: Providers;
  /** Of the providers, and of those whose module could not be loaded, or was not to be. */
  readonly names: readonly string[];
  readonly mistakes: readonly Mistake[];
}

export interface PluginOptions {
  /** Names that are known without them. */
  readonly providers?: readonly string[] | undefined;
  /** What variables are taken from; without it, texts are as they stand. */
  readonly env?: Environment | undefined;
  /** Whether the modules are run. Default `true`. */
  readonly run?: boolean | undefined;
}

const NONE: Plugins = { providers: {}, names: [], mistakes: [] };

/**
 * Loads the modules that a configuration lists in `plugins`, if it has a storage with a provider that is known by no other way.
 * @param directory that a package is looked for from where the configuration was made in code.
 */
export async function pluginsOf(
  given: Node,
  directory: string,
  { providers: known = [], env, run = true }: PluginOptions,
): Promise<Plugins> {
  const root = env === undefined ? given : fillIn(given, env, () => {});
  const wanted = providersIn(root).filter((name) => !isBuiltIn(name) && !known.includes(name));
  const list = nodeAt(root, ['plugins']);
  if (wanted.length === 0 || list?.kind !== 'list') return NONE;
  if (!run) return { ...NONE, names: wanted };
  const found = await allOf(list, known, directory);
  // What follows from a module that could not be loaded is not told.
  const names = found.mistakes.length > 0 ? wanted : [];
  return { ...found, names: [...new Set([...Object.keys(found.providers), ...names])] };
}

/**
 * The providers of all modules that a configuration lists, whether a storage has them or not: for `configurationSchema`.
 * @throws ConfigurationError
 */
export async function loadPlugins(options: SourceOptions = {}): Promise<Providers> {
  const source = await readSource(options);
  const { env, directory } = settleOptions(source);
  const root = env === undefined ? source.root : fillIn(source.root, env, () => {});
  const list = nodeAt(root, ['plugins']);
  if (list?.kind !== 'list') return {};
  const { providers, mistakes } = await allOf(list, [], directory);
  if (mistakes.length > 0) throw new ConfigurationError(mistakes);
  return providers;
}

async function allOf(
  list: ListNode,
  known: readonly string[],
  directory: string,
): Promise<Omit<Plugins, 'names'>> {
  const from = new Map<string, string>();
  const found = { providers: {} as Providers, mistakes: [] as Mistake[] };
  for (const [index, item] of list.items.entries()) {
    if (item.kind !== 'scalar' || typeof item.value !== 'string' || item.value === '') continue;
    const { value: module, place } = item;
    const wrong = (message: string) =>
      found.mistakes.push(mistakeAt(place, ['plugins', index], { message }));
    const plugin = await importPlugin(module, place, directory);
    if (typeof plugin === 'string') {
      wrong(plugin);
      continue;
    }
    for (const [name, create] of Object.entries(plugin)) {
      const other = from.get(name);
      if (other !== undefined)
        wrong(
          `has a provider "${name}", and so has ${other}: list one of the two, or export it under another name`,
        );
      else if (!known.includes(name)) found.providers = { ...found.providers, [name]: create };
      from.set(name, other ?? module);
    }
  }
  return found;
}

/** What storages and their sides have as their provider. */
function providersIn(root: Node): readonly string[] {
  const storages = nodeAt(root, ['storages']);
  if (storages?.kind !== 'map') return [];
  const inner: readonly Path[] = [[], ['source'], ['target']];
  const names = [...storages.entries.values()].flatMap(({ node }) =>
    inner.flatMap((path) => {
      const provider = nodeAt(node, [...path, 'provider']);
      const isText = provider?.kind === 'scalar' && typeof provider.value === 'string';
      return isText ? [String(provider.value)] : [];
    }),
  );
  return [...new Set(names)];
}
