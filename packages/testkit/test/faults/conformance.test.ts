import { MemoryStorageProvider } from '@org/storage-core';
import { withFaults } from '../../src/faults/index.js';
import { testProvider } from '../../src/index.js';

async function open(versions: boolean) {
  const provider = withFaults(new MemoryStorageProvider({ versions }));
  return { provider, close: () => provider.close() };
}

testProvider({
  name: 'a provider with no faults yet',
  open: () => open(false),
  openVersioned: () => open(true),
});
