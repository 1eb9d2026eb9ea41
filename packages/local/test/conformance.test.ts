import { readdir, rm } from 'node:fs/promises';
import { testProvider } from '@org/storage-testkit';
import { LocalStorageProvider } from '../src/index.js';
import { makeDirectory, stagingIn } from './fixtures.js';

testProvider({
  name: 'LocalStorageProvider',
  limits: { maxSegmentBytes: 255, fileBesideFolder: false },
  async open() {
    const root = await makeDirectory();
    const provider = new LocalStorageProvider({ root });
    return {
      provider,
      close: async () => {
        await provider.close();
        await rm(root, { recursive: true });
      },
      leftovers: () => readdir(stagingIn(root)).catch(() => []),
      reopen: async () => new LocalStorageProvider({ root }),
    };
  },
});
