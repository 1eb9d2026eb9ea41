import { testProvider } from '@org/storage-testkit';
import { ExampleStorageProvider } from '../src/index.js';

testProvider({
  name: '__NAME__',
  async open() {
    const provider = new ExampleStorageProvider(); // over an empty store of its own for each case
    return { provider, close: () => provider.close() };
  },
});
