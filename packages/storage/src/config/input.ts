import type { HybridInput } from './types/hybrid.js';
import type { LayersInput } from './types/layers.js';
import type { S3Input } from './types/s3.js';
import type { LocalInput, MemoryInput } from './types/stores.js';

/** Of a provider of a third party. */
interface CustomInput<Name extends string> {
  readonly provider: Name;
  readonly name?: string | undefined;
  readonly layers?: LayersInput | undefined;
  readonly [setting: string]: unknown;
}

type SideInput<Name extends string> = LocalInput | S3Input | MemoryInput | CustomInput<Name>;

type StorageInput<Name extends string> = SideInput<Name> | HybridInput<SideInput<Name>>;

interface Base<Name extends string> {
  /** The storage that is given without a name. */
  readonly default?: string | undefined;
  /** Modules with providers of third parties: paths from the configuration’s directory on, or packages. */
  readonly plugins?: readonly string[] | undefined;
  readonly storages: Readonly<Record<string, StorageInput<Name>>>;
}

/** Whatever is given of it. */
type Partly<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { [K in keyof T]?: Partly<T[K]> }
    : T;

/**
 * A configuration as it is written: with environments that are laid over it, units, and shorter forms. `Name` is what providers of
 * third parties are registered as.
 */
export interface ConfigurationInput<Name extends string = string> extends Base<Name> {
  /** What differs, by the environment's name. */
  readonly environments?: Readonly<Record<string, Partly<Base<Name>> | null>> | undefined;
}

/** What a configuration's function is told. */
export interface ConfigurationContext {
  readonly environment: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What a module of configuration has as its default export. */
export type ConfigurationExport<Name extends string = string> =
  | ConfigurationInput<Name>
  | ((
      context: ConfigurationContext,
    ) => ConfigurationInput<Name> | Promise<ConfigurationInput<Name>>);

/**
 * Gives the types of a configuration to a module that holds one: `export default defineConfiguration({ … })`. Providers of third
 * parties are named: `defineConfiguration<'gcs'>(…)`.
 */
export function defineConfiguration<Name extends string = never>(
  configuration: ConfigurationExport<NoInfer<Name>>,
): ConfigurationExport<NoInfer<Name>> {
  return configuration;
}
