import { MemoryStorageProvider, StorageError, type StorageProvider } from '@org/storage-core';
import { LocalStorageProvider } from '@org/storage-local';
import type { CreateProvider } from '../config/provider.js';
import { isCustom, type SideConfiguration } from '../config/types/configuration.js';
import type { Connections } from './connections.js';
import { customProvider } from './custom-provider.js';
import type { Fleets } from './fleet-registry.js';
import { type LayeredProvider, withLayers } from './layers.js';
import { localOptions, memoryOptions } from './provider-options.js';

/** What all storages of a factory are built with. */
export interface Workshop {
  readonly connections: Connections;
  readonly fleets: Fleets;
  /** Makes those of a third party, by the name that the configuration has for it at the time. */
  readonly provider: (name: string) => CreateProvider | undefined;
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
  { connections, provider }: Workshop,
): Promise<StorageProvider> {
  if (isCustom(configuration)) {
    const { provider: kind, name } = configuration;
    const create = provider(kind);
    if (create === undefined)
      throw new StorageError('InvalidArgument', `no provider "${kind}" is registered`);
    return customProvider(create, configuration, name);
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
