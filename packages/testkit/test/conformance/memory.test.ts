import { randomBytes } from 'node:crypto';
import { MemoryStorageProvider } from '@org/storage-core';
import { testProvider } from '../../src/index.js';
import { grantedFetch } from './granted-fetch.js';

const urls = {
  baseUrl: 'https://files.test/store',
  keys: [{ id: 'one', secret: randomBytes(32).toString('hex') }],
};

async function open(versions: boolean) {
  const provider = new MemoryStorageProvider({ versions });
  return { provider, close: () => provider.close() };
}

async function openSigning(versions: boolean) {
  const provider = new MemoryStorageProvider({ versions, urls });
  return { provider, fetch: grantedFetch(provider), close: () => provider.close() };
}

testProvider({
  name: 'MemoryStorageProvider',
  open: () => open(false),
  openVersioned: () => open(true),
});

testProvider({
  name: 'MemoryStorageProvider with versions and signed URLs',
  open: () => openSigning(true),
  openVersioned: () => openSigning(true),
});
