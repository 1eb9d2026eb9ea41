import { it } from 'vitest';
import { describeOnCeph } from '../../../testkit/test/ceph/provided.js';
import { fromNothing } from './way.js';

describeOnCeph('the command on Ceph', (server) => {
  it('goes from nothing to a bucket in which all is well, and back to it after a change by hand', async () => {
    await fromNothing(server, 'ceph');
  }, 180_000);
});
