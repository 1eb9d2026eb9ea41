import { it } from 'vitest';
import { expectUnharmed } from './run-load.js';

it('a minute of load on the way from a directory to S3, which fails twice: nothing is lost, wrong, or left behind', async () => {
  await expectUnharmed('--seconds', '60');
}, 900_000);
