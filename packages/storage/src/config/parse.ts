import { ConfigurationError } from './mistake.js';
import { nodeOf } from './node.js';
import type { Configuration } from './schema/types.js';
import { settle } from './settle.js';

/** What may be known beside a configuration. */
export interface ParseOptions {
  /** Names of the providers of third parties that the application registers. */
  readonly providers?: readonly string[] | undefined;
}

/**
 * Checks a configuration that was made in code, or was checked before. Relative paths start at the working directory; `${…}` is
 * text like any other; environments are not laid over it.
 * @throws ConfigurationError
 */
export function parseConfiguration(value: unknown, options: ParseOptions = {}): Configuration {
  const root = nodeOf(value, { file: 'configuration' });
  const { configuration, mistakes } = settle(root, { ...options, directory: process.cwd() });
  if (configuration !== undefined) return configuration;
  throw new ConfigurationError(mistakes);
}
