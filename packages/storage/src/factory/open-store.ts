import { MemoryStorageProvider, StorageError, type StorageProvider } from '@org/storage-core';
import { LocalStorageProvider } from '@org/storage-local';
import { isCustom, type SideConfiguration } from '../config/schema/types.js';
import type { Connections } from './connections.js';
import { type CreateProvider, customSettings } from './custom-provider.js';
import type { Fleets } from './fleet-registry.js';
import { type LayeredProvider, withLayers } from './layers.js';
import { localOptions, memoryOptions } from './provider-options.js';

/** What all storages of a factory are built with. */
export interface Workshop {
  readonly connections: Connections;
  readonly fleets: Fleets;
  /** Of third parties, by the name that a configuration has for them. */
  readonly providers: Readonly<Record<string, CreateProvider>>;
  /** Whether settings may change while the storages are at work. */
  readonly changes: boolean;
}

/** Opens a storage that is not made of others, with its layers. @param name unless its configuration gives one. */
export async function openStore(
  name: string,
  configuration: SideConfiguration,
  workshop: Workshop,
): Promise<LayeredProvider> {
  const named = { ...configuration, name: configuration.name ?? name };
  const provider = await bareProvider(named, workshop);
  try {
    return withLayers(provider, configuration.layers ?? {}, workshop.changes);
  } catch (error) {
    await provider.close();
    throw error;
  }
}

async function bareProvider(
  configuration: SideConfiguration & { readonly name: string },
  { connections, providers }: Workshop,
): Promise<StorageProvider> {
  if (isCustom(configuration)) {
    const { provider: kind, name } = configuration;
    const create = Object.hasOwn(providers, kind) ? providers[kind] : undefined;
    if (create === undefined)
      throw new StorageError('InvalidArgument', `no provider "${kind}" is registered`);
    return checkedProvider(await create(customSettings(configuration), { name }), kind);
  }
  switch (configuration.provider) {
    case 'local':
      return new LocalStorageProvider(localOptions(configuration));
    case 'memory':
      return new MemoryStorageProvider(memoryOptions(configuration));
    case 's3':
      return connections.bucket(configuration);
  }
}

function checkedProvider(provider: unknown, kind: string): StorageProvider {
  if (isProvider(provider)) return provider;
  throw new StorageError(
    'InvalidArgument',
    `the function that is registered for the provider "${kind}" did not give a StorageProvider`,
  );
}

function isProvider(value: unknown): value is StorageProvider {
  return typeof value === 'object' && value !== null && 'upload' in value && 'close' in value;
}
