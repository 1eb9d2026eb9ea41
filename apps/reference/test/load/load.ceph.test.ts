import { it } from 'vitest';
import { describeOnCeph } from '../../../../packages/testkit/test/ceph/provided.js';
import { expectUnharmed } from './run-load.js';

describeOnCeph('load on a Ceph of its own', () => {
  it('whose gateway is killed twice, is slow, and says SlowDown: every acknowledged write is there', async () => {
    await expectUnharmed('--seconds', '60', '--server', 'ceph');
  }, 900_000);
});
