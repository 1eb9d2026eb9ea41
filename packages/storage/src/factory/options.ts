import type { ConfigurationEvent } from '@org/storage-core';
import type { FleetRegistry } from '@org/storage-hybrid';
import type { LoadOptions } from '../config/load.js';
import type { Providers } from '../config/provider.js';
import type { ReadFlags } from './flags.js';

export interface StorageFactoryOptions extends Pick<LoadOptions, 'environment' | 'env' | 'cwd'> {
  /**
   * Providers of third parties, by the names that the configuration has for them. They go before those of the modules that it lists in
   * `plugins`, which are run only for a provider that is not here.
   */
  readonly providers?: Providers | undefined;
  /** Fleet registries that are open already, by the name of the hybrid storage; left open. */
  readonly registries?: Readonly<Record<string, FleetRegistry>> | undefined;
  /** What counts before the configuration; asked when a storage is opened, and again and again. */
  readonly flags?: ReadFlags | undefined;
  /** Milliseconds from one question for the flags to the next. Default 1,000. */
  readonly flagsEvery?: number | undefined;
  /** Whether to follow changes of the configuration’s files. Default `true`. */
  readonly watch?: boolean | undefined;
  /**
   * Milliseconds between two looks at the files on file systems that do not tell of changes, such as those of a network. Default
   * 5,000.
   */
  readonly watchEvery?: number | undefined;
  /** Whether to read the configuration again at the signal SIGHUP, which would else end the process. Default `false`. */
  readonly sighup?: boolean | undefined;
  /** Is told what `org.storage.configuration` of `node:diagnostics_channel` tells. What it throws ends the process. */
  readonly onEvent?: ((event: ConfigurationEvent) => void) | undefined;
}
