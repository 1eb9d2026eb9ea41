import { testProvider } from '@org/storage-testkit';
import { conformanceHarness } from './conformance-harness.js';
import { useServer } from './store.js';

const test = useServer();

testProvider({
  name: 'S3StorageProvider over the server in process',
  ...conformanceHarness(() => test.server, { server: 'aws' }),
});
