import { expect, it } from 'vitest';
import { describeOnCeph } from '../../../testkit/test/ceph/provided.js';
import { liveMigrationInProcesses } from './in-process.js';
import type { LiveReport } from './live-migration.js';
import { builtModules } from './modules.js';
import { cephOfOnesOwn, liveMigrationToCeph } from './on-ceph.js';
import { chosenSeed } from './seed.js';

const modules = builtModules();
const DAY = 24 * 60 * 60_000;

/** Live migrations, one after the other, for STORAGE_LIVE_MINUTES (10). */
async function oneAfterTheOther(
  migration: (options: {
    modules: ReturnType<typeof modules>;
    seed: number;
    number: number;
    rounds: number;
  }) => Promise<LiveReport>,
): Promise<void> {
  const seed = chosenSeed();
  const minutes = Number(process.env['STORAGE_LIVE_MINUTES'] || 10);
  const end = performance.now() + minutes * 60_000;
  let number = 0;
  while (performance.now() < end) {
    number++;
    const report = await migration({ modules: modules(), seed, number, rounds: 60 });
    console.log(JSON.stringify({ number, ...report }));
  }
  expect(number).toBeGreaterThan(0);
}

it(
  'application after application moves to a bucket while it works',
  () => oneAfterTheOther(liveMigrationInProcesses),
  DAY,
);

describeOnCeph('application after application', (provided) => {
  it(
    'moves to Ceph while it works',
    async () => {
      const server = await cephOfOnesOwn(provided);
      await oneAfterTheOther((options) => liveMigrationToCeph(server, options));
    },
    DAY,
  );
});
