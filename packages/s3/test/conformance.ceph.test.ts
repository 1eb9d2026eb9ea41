import { type ConformanceHarness, testProvider } from '@org/storage-testkit';
import { describeOnCeph } from '../../testkit/test/ceph/provided.js';
import { conformanceHarness } from './conformance-harness.js';

/** What Ceph 18 does to tags. */
const CEPH_18: ConformanceHarness['deviations'] = {
  'a file has the tags that it was uploaded with, or none': {
    reason: 'the server drops the tags of an upload in parts',
    fails: /the tags of large/,
  },
  'tags that are set replace all that were there; content, metadata and ETag stay': {
    reason: 'the server loses the time of an object whose tags are set',
    fails: /differ by \d+ ms in lastModified/,
  },
};

describeOnCeph('over Ceph', (server) => {
  const deviations = server.version?.startsWith('18.') === true ? CEPH_18 : {};
  testProvider({
    name: 'S3StorageProvider, by the profile for Ceph,',
    deviations,
    ...conformanceHarness(() => server, { server: 'ceph' }),
  });
  testProvider({
    name: 'S3StorageProvider, as probed,',
    deviations,
    ...conformanceHarness(() => server, { server: 'ceph' }, true),
  });
});
