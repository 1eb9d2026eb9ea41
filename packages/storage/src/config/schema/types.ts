import type { z } from 'zod';
import type { configuration } from './configuration.js';
import type { custom } from './custom.js';
import type { hybrid, side } from './hybrid.js';
import type { layers } from './layers.js';
import type { local } from './local.js';
import type { memory } from './memory.js';
import type { s3 } from './s3.js';

/** A checked configuration of one environment: sizes are bytes, durations milliseconds, secrets are there. */
export type Configuration = z.output<ReturnType<typeof configuration>>;
export type StorageConfiguration =
  | LocalConfiguration
  | S3Configuration
  | MemoryConfiguration
  | HybridConfiguration
  | CustomConfiguration;
/** One of the two storages of a hybrid one. */
export type SideConfiguration = z.output<ReturnType<typeof side>>;
export type LocalConfiguration = z.output<typeof local>;
export type S3Configuration = z.output<typeof s3>;
export type MemoryConfiguration = z.output<typeof memory>;
export type HybridConfiguration = z.output<ReturnType<typeof hybrid>>;
/** Of a provider of a third party. */
export type CustomConfiguration = z.output<ReturnType<typeof custom>>;
export type LayersConfiguration = z.output<typeof layers>;

const BUILT_IN = ['local', 's3', 'memory', 'hybrid'] as const;

/** Whether a storage is one of a third party's provider. */
export function isCustom(
  configuration: StorageConfiguration | SideConfiguration,
): configuration is CustomConfiguration {
  return !BUILT_IN.some((name) => name === configuration.provider);
}
