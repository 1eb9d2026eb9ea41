import { ConfigurationError } from './mistake.js';
import { nodeOf } from './node.js';
import { pluginsOf } from './plugins.js';
import type { Providers } from './provider.js';
import { settle } from './settle.js';
import type { Configuration } from './types/configuration.js';

/** What may be known beside a configuration. */
export interface ParseOptions {
  /** Names of the providers of third parties that the application registers. */
  readonly providers?: readonly string[] | undefined;
}

/**
 * Checks a configuration that was made in code, or was checked before. Relative paths start at the working directory; `${…}` is
 * text like any other; environments are not laid over it, and modules of `plugins` are not loaded.
 * @throws ConfigurationError
 */
export function parseConfiguration(value: unknown, options: ParseOptions = {}): Configuration {
  const root = nodeOf(value, { file: 'configuration' });
  const { configuration, mistakes } = settle(root, { ...options, directory: process.cwd() });
  if (configuration !== undefined) return configuration;
  throw new ConfigurationError(mistakes);
}

/** The same with the modules of `plugins`, which are looked for from a directory on. @throws ConfigurationError */
export async function parseWithPlugins(
  value: unknown,
  { providers = [], cwd = process.cwd() }: ParseOptions & { readonly cwd?: string | undefined },
): Promise<{ readonly configuration: Configuration; readonly plugins: Providers }> {
  const root = nodeOf(value, { file: 'configuration' });
  const plugins = await pluginsOf(root, cwd, { providers });
  if (plugins.mistakes.length > 0) throw new ConfigurationError(plugins.mistakes);
  const names = [...providers, ...plugins.names];
  return {
    configuration: parseConfiguration(value, { providers: names }),
    plugins: plugins.providers,
  };
}
