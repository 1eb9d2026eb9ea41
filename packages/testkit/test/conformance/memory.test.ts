import { MemoryStorageProvider } from '@org/storage-core';
import { testProvider } from '../../src/index.js';

testProvider({
  name: 'MemoryStorageProvider',
  async open() {
    const provider = new MemoryStorageProvider();
    return { provider, close: () => provider.close() };
  },
});
