import { LocalStorageProvider } from '@org/storage-local';
import { testProvider } from '@org/storage-testkit';
import { HybridStorageProvider } from '../src/index.js';
import { LARGE_FILE_BYTES, usePlaces } from './conformance-places.js';

const newPlaces = usePlaces();

testProvider({
  name: 'hybrid, a directory to a bucket',
  largeFileBytes: LARGE_FILE_BYTES,
  manyFiles: 300,
  async open() {
    const { root, openBucket, leftovers, remove } = await newPlaces();
    const make = () =>
      new HybridStorageProvider({
        source: new LocalStorageProvider({ root }),
        target: openBucket(),
        mode: 'hybrid',
        handedOver: true,
      });
    const provider = make();
    return {
      provider,
      leftovers,
      reopen: async () => make(),
      async close() {
        await provider.close();
        await remove();
      },
    };
  },
});
