import { ConfigurationError } from './mistake.js';
import type { ParseOptions } from './parse.js';
import type { Configuration } from './schema/types.js';
import { settle } from './settle.js';
import { readSource, type SourceOptions, settleOptions } from './source.js';

export interface LoadOptions extends ParseOptions, SourceOptions {}

export interface LoadedConfiguration {
  /** Its whole path. */
  readonly file: string;
  readonly environment: string;
  readonly configuration: Configuration;
  /** All files that were read, those of secrets included: what to watch for changes. */
  readonly files: readonly string[];
}

/**
 * Reads the configuration of one environment, with its variables filled in and its secrets read. Relative paths start at the
 * directory that holds `config/`, else at that of the file.
 * @throws ConfigurationError with all mistakes at once.
 */
export async function loadConfiguration(options: LoadOptions = {}): Promise<LoadedConfiguration> {
  const source = await readSource(options);
  const { file, environment, files, root } = source;
  const { providers } = options;
  const settled = settle(root, { ...settleOptions(source), providers });
  if (settled.configuration === undefined) throw new ConfigurationError(settled.mistakes);
  const { configuration } = settled;
  return { file, environment, configuration, files: [...files, ...settled.files] };
}
