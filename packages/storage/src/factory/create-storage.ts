import type { StorageProvider } from '@org/storage-core';
import { defineLayer } from '@org/storage-layers';
import type { ConfigurationInput } from '../config/input.js';
import { StorageFactory } from './factory.js';
import type { StorageFactoryOptions } from './options.js';

export interface CreateStorageOptions extends StorageFactoryOptions {
  /** Which of the configuration’s storages. Default: its `default`, or its only one. */
  readonly name?: string | undefined;
}

/** The configuration of a single storage. */
export type StorageInput = ConfigurationInput['storages'][string];

/**
 * One storage of a configuration, which closes all that was opened for it with itself.
 * @param configuration of one storage or of several, or the path of a file; default: `config/storage.yml`, or what
 * `loadConfiguration` finds.
 * @throws ConfigurationError
 * @throws StorageError as `StorageFactory.get` does.
 */
export async function createStorage(
  configuration?: string | ConfigurationInput | StorageInput,
  { name, ...options }: CreateStorageOptions = {},
): Promise<StorageProvider> {
  const factory = await StorageFactory.open(severalOf(configuration), options);
  try {
    const provider = defineLayer((inner) => inner)(await factory.get(name));
    const close = () => factory.close();
    return Object.assign(provider, { close, [Symbol.asyncDispose]: close });
  } catch (error) {
    await factory.close().catch(() => {}); // what went wrong first counts
    throw error;
  }
}

function severalOf(
  configuration: string | ConfigurationInput | StorageInput | undefined,
): string | ConfigurationInput | undefined {
  if (typeof configuration !== 'object' || !isOne(configuration)) return configuration;
  return { storages: { storage: configuration } };
}

function isOne(configuration: ConfigurationInput | StorageInput): configuration is StorageInput {
  return 'provider' in configuration;
}
