import { testProvider } from '@org/storage-testkit';
import { describeOnCeph } from '../../testkit/test/ceph/provided.js';
import { conformanceHarness } from './conformance-harness.js';

describeOnCeph('over Ceph', (server) => {
  testProvider({
    name: 'S3StorageProvider, by the profile for Ceph,',
    ...conformanceHarness(() => server, { server: 'ceph' }),
  });
  testProvider({
    name: 'S3StorageProvider, as probed,',
    ...conformanceHarness(() => server, { server: 'ceph' }, true),
  });
});
