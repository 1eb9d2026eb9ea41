import { MemoryStorageProvider } from '@org/storage-core';
import { testProvider } from '../../src/index.js';

async function open(versions: boolean) {
  const provider = new MemoryStorageProvider({ versions });
  return { provider, close: () => provider.close() };
}

testProvider({
  name: 'MemoryStorageProvider',
  open: () => open(false),
  openVersioned: () => open(true),
});

testProvider({
  name: 'MemoryStorageProvider with versions',
  open: () => open(true),
  openVersioned: () => open(true),
});
