import { ConfigurationError } from './mistake.js';
import type { ParseOptions } from './parse.js';
import type { Providers } from './provider.js';
import { settleSource } from './settle-source.js';
import { readSource, type SourceOptions } from './source.js';
import type { Configuration } from './types/configuration.js';

export interface LoadOptions extends ParseOptions, SourceOptions {
  /**
   * Whether the modules that the configuration lists in `plugins` are run. Default `true`; else providers that are not known are taken
   * as they stand.
   */
  readonly plugins?: boolean | undefined;
}

export interface LoadedConfiguration {
  /** Its whole path. */
  readonly file: string;
  readonly environment: string;
  readonly configuration: Configuration;
  /** All files that were read, those of secrets included: what to watch for changes. */
  readonly files: readonly string[];
  /** Of the modules that it lists in `plugins`; empty if all its providers are built in, or were named. */
  readonly plugins: Providers;
}

/**
 * Reads the configuration of one environment, with its variables filled in and its secrets read. Relative paths start at the
 * directory that holds `config/`, else at that of the file.
 * @throws ConfigurationError with all mistakes at once.
 */
export async function loadConfiguration(options: LoadOptions = {}): Promise<LoadedConfiguration> {
  const source = await readSource(options);
  const { file, environment, files } = source;
  const settled = await settleSource(source, options);
  if (settled.configuration === undefined) throw new ConfigurationError(settled.mistakes);
  const { configuration, plugins } = settled;
  return { file, environment, configuration, plugins, files: [...files, ...settled.files] };
}
