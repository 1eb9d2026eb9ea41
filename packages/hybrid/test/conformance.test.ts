import { MemoryStorageProvider } from '@org/storage-core';
import { testProvider } from '@org/storage-testkit';
import { HybridStorageProvider, MODES } from '../src/index.js';

for (const mode of MODES) {
  testProvider({
    name: `hybrid, memory to memory, in the mode ${mode}`,
    async open() {
      const source = new MemoryStorageProvider({ name: 'source' });
      const target = new MemoryStorageProvider({ name: 'target' });
      const provider = new HybridStorageProvider({ source, target, mode, handedOver: true });
      return { provider, close: () => provider.close() };
    },
  });
}
