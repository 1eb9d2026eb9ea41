import { LocalStorageProvider } from '@org/storage-local';
import { testProvider } from '@org/storage-testkit';
import { HybridStorageProvider } from '../src/index.js';
import { LARGE_FILE_BYTES, usePlaces } from './conformance-places.js';

const newPlaces = usePlaces();

testProvider({
  name: 'hybrid, a bucket to a directory',
  largeFileBytes: LARGE_FILE_BYTES,
  manyFiles: 300,
  timeout: 180_000,
  patience: 120_000,
  limits: { maxSegmentBytes: 255, fileBesideFolder: false },
  deviations: {
    'an emptied folder is listed no more, and a file can take its name': {
      reason: 'until the sweep, a tombstone is a file, whose folder no file can take the name of',
      fails: /InvalidKey|not a directory|is a directory|folder/i,
    },
  },
  async open() {
    const { root, openBucket, leftovers, remove } = await newPlaces();
    const make = async () => {
      const target = new LocalStorageProvider({ root, durability: 'relaxed' });
      await target.probe();
      return new HybridStorageProvider({
        source: openBucket(),
        target,
        mode: 'hybrid',
        handedOver: true,
      });
    };
    const provider = await make();
    return {
      provider,
      leftovers,
      reopen: make,
      async close() {
        await provider.close();
        await remove();
      },
    };
  },
});
