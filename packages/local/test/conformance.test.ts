import { randomBytes } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { testProvider } from '@org/storage-testkit';
import { raceInProcesses } from '@org/storage-testkit/races';
import { bundledModule } from '../../testkit/test/bundled-module.js';
import { grantedFetch } from '../../testkit/test/conformance/granted-fetch.js';
import { LocalStorageProvider } from '../src/index.js';
import { makeDirectory, stagingIn } from './fixtures.js';

const racer = bundledModule(new URL('./racer.ts', import.meta.url), 'local');

const urls = {
  baseUrl: 'https://files.test/store',
  keys: [{ id: 'one', secret: randomBytes(32).toString('hex') }],
};

testProvider({
  name: 'LocalStorageProvider',
  limits: { maxSegmentBytes: 255, fileBesideFolder: false },
  manyFiles: 300, // it has no pages
  async open() {
    const root = await makeDirectory();
    const provider = new LocalStorageProvider({ root, urls });
    await provider.probe();
    return {
      provider,
      fetch: grantedFetch(provider),
      close: async () => {
        await provider.close();
        await rm(root, { recursive: true });
      },
      leftovers: () => readdir(stagingIn(root)).catch(() => []),
      reopen: async () => new LocalStorageProvider({ root }),
      race: raceInProcesses({ module: racer.url, settings: { root } }),
    };
  },
});
