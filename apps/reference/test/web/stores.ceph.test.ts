import { describeOnCeph } from '../../../../packages/testkit/test/ceph/provided.js';
import { allStores } from './stores/stores.js';

describeOnCeph('the application on Ceph', (server) => {
  allStores(['both', 'S3'], server);
});
