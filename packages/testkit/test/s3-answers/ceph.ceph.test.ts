import { describeOnCeph } from '../ceph/provided.js';
import { answersAsAmazon } from './suite.js';

describeOnCeph('Ceph answers as Amazon S3 does', (server) => {
  const major = server.version?.split('.')[0];
  answersAsAmazon(server, major === undefined ? undefined : `Ceph ${major}`);
});
