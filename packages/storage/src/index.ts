export { type Explanation, explainConfiguration, type Setting } from './config/explain.js';
export {
  type ConfigurationContext,
  type ConfigurationExport,
  type ConfigurationInput,
  defineConfiguration,
} from './config/input.js';
export { configurationSchema } from './config/json-schema.js';
export { type LoadedConfiguration, type LoadOptions, loadConfiguration } from './config/load.js';
export { ConfigurationError, formatMistake, type Mistake } from './config/mistake.js';
export { type ParseOptions, parseConfiguration } from './config/parse.js';
export { loadPlugins } from './config/plugins.js';
export type { CreateProvider, ProviderContext, Providers } from './config/provider.js';
export { redacted } from './config/redacted.js';
export { STARTERS, type Starter, starterConfiguration } from './config/starter.js';
export {
  type Configuration,
  type CustomConfiguration,
  type HybridConfiguration,
  isCustom,
  type LayersConfiguration,
  type LocalConfiguration,
  type MemoryConfiguration,
  type S3Configuration,
  type SideConfiguration,
  type StorageConfiguration,
} from './config/types/configuration.js';
export { type Validation, validateConfiguration } from './config/validate.js';
export {
  type CreateStorageOptions,
  createStorage,
  type StorageInput,
} from './factory/create-storage.js';
export {
  customProvider,
  defineProvider,
  type ProviderDefinition,
  type StandardSchema,
} from './factory/custom-provider.js';
export { StorageFactory } from './factory/factory.js';
export type { ReadFlags, StorageFlags } from './factory/flags.js';
export type { StorageHealth, StorageSettings } from './factory/open-storage.js';
export type { StorageFactoryOptions } from './factory/options.js';
export { localOptions, s3Options } from './factory/provider-options.js';
