import { MemoryStorageProvider } from '@org/storage-core';
import { testProvider } from '@org/storage-testkit';
import { StorageFactory } from '../../src/index.js';

/** Below the folder, and within the limit of the whole key. */
const tooLong = (key: string) => Buffer.byteLength(`tenants/7/${key}`) > 1024;

testProvider({
  name: 'a provider of a third party, with all layers that leave the contract as it is',
  limits: { refuses: tooLong },
  async open() {
    const factory = await StorageFactory.open(
      {
        storages: {
          files: {
            provider: 'own',
            layers: {
              readOnly: false,
              detectContentType: true,
              prefix: 'tenants/7',
              retry: { initialDelay: 1 },
              circuitBreaker: {},
              concurrencyLimit: { operations: 4, downloads: 20 },
              timeout: { milliseconds: '1m', uploadIdle: '1m', downloadIdle: '1m' },
              bandwidthLimit: '1GB',
            },
          },
        },
      },
      { providers: { own: () => new MemoryStorageProvider() }, flags: () => ({}) },
    );
    return { provider: await factory.get(), close: () => factory.close() };
  },
});
