import { type PluginOptions, pluginsOf } from './plugins.js';
import type { Providers } from './provider.js';
import { type Settled, type SettleOptions, settle } from './settle.js';
import { type Source, settleOptions } from './source.js';

export interface SettleSourceOptions extends Pick<SettleOptions, 'isElsewhere'> {
  readonly providers?: PluginOptions['providers'];
  /** Whether modules of `plugins` are run. */
  readonly plugins?: PluginOptions['run'];
}

export interface SettledSource extends Settled {
  /** Of the modules that the configuration lists in `plugins`. */
  readonly plugins: Providers;
}

/** What became of a configuration that was read, with its plugins loaded. */
export async function settleSource(
  source: Source,
  { providers = [], plugins: run, isElsewhere }: SettleSourceOptions,
): Promise<SettledSource> {
  const options = settleOptions(source);
  const { env, directory, told = [] } = options;
  const plugins = await pluginsOf(source.root, directory, { providers, env, run });
  const settled = settle(source.root, {
    ...options,
    isElsewhere,
    providers: [...providers, ...plugins.names],
    told: [...told, ...plugins.mistakes],
  });
  return { ...settled, plugins: plugins.providers };
}
