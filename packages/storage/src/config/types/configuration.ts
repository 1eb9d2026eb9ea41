import type { z } from 'zod';
import { isBuiltIn } from '../provider.js';
import type { HybridOf } from './hybrid.js';
import type { LayersConfiguration } from './layers.js';
import type { S3Configuration } from './s3.js';
import type { LocalConfiguration, MemoryConfiguration } from './stores.js';

export type { LayersConfiguration } from './layers.js';
export type { S3Configuration } from './s3.js';
export type { LocalConfiguration, MemoryConfiguration } from './stores.js';

/** A checked configuration of one environment: sizes are bytes, durations milliseconds, secrets are there. */
export interface Configuration {
  /** The storage that is given without a name. */
  readonly default?: string | undefined;
  /** Modules with providers of third parties, as they are written. */
  readonly plugins?: readonly string[] | undefined;
  readonly storages: Readonly<Record<string, StorageConfiguration>>;
}

export type StorageConfiguration = SideConfiguration | HybridConfiguration;

/** One of the two storages of a hybrid one. */
export type SideConfiguration =
  | LocalConfiguration
  | S3Configuration
  | MemoryConfiguration
  | CustomConfiguration;

export interface HybridConfiguration extends HybridOf<SideConfiguration> {}

/** Of a provider of a third party. */
export interface CustomConfiguration {
  readonly provider: string & z.core.$brand<'CustomProvider'>;
  readonly name?: string | undefined;
  readonly layers?: LayersConfiguration | undefined;
  readonly [setting: string]: unknown;
}

/** Whether a storage is one of a third party's provider. */
export function isCustom(
  configuration: StorageConfiguration | SideConfiguration,
): configuration is CustomConfiguration {
  return !isBuiltIn(configuration.provider);
}
