import { look } from '@org/storage-hybrid';
import type { SimulatedProcess } from '@org/storage-testkit/simulator';
import type { BulkReport } from '../../src/bulk-run.js';
import { RESOLVED } from '../../src/journal/file-record.js';
import { restoreFiles } from '../../src/retire/restore-files.js';
import { retireFiles } from '../../src/retire/retire-files.js';
import { revertRun } from '../../src/retire/revert-run.js';
import { sweepTombstones } from '../../src/retire/sweep-tombstones.js';
import { COPIED_BY } from './journal.js';
import type { World } from './world.js';

/** A run over many files, of one process. */
type BulkRun = (world: World, process: SimulatedProcess) => Promise<BulkReport<string>>;

const placesOf = (world: World, process: SimulatedProcess) => ({
  source: world.source.client(process),
  target: world.target.client(process),
  journal: world.journal.client(process),
  archive: world.archive.client(process),
  ...{ live: true, concurrency: 2, retry: { attempts: 1 } },
  clock: { now: () => 0, every: () => () => {} },
});

/** Copies everything, finds it whole, and retires it. */
export const retiring: BulkRun = async (world, process) => {
  await world.migrate(process);
  const places = placesOf(world, process);
  for (const file of await places.journal.page({ states: RESOLVED, limit: 10 }))
    if (file.verification === undefined)
      await places.journal.recordVerification(file.key, 'ok', 'checksum');
  return retireFiles(places);
};

export const restoring: BulkRun = (world, process) => restoreFiles(placesOf(world, process));

export const reverting: BulkRun = (world, process) =>
  revertRun({
    ...placesOf(world, process),
    ...{ run: COPIED_BY, handedBack: true },
    wait: () => world.longestRequest(process),
  });

export const sweeping: BulkRun = (world, process) =>
  sweepTombstones({ ...placesOf(world, process), cutOver: true, drain: 0 });

/** Lets a process do it, which goes on where it was when it crashed. */
export function inBulk(world: World, run: BulkRun, { crashes = 0 } = {}): void {
  world.background('X', (process) => run(world, process), { crashes });
}

/** All is well, and it is run to its end once more. */
export async function runAgain(world: World, run: BulkRun): Promise<void> {
  const { outcome, counts } = await world.simulation.settle((process) => run(world, process));
  if (outcome !== 'complete') throw new Error(`the run is ${outcome}: ${JSON.stringify(counts)}`);
}

/** Nothing is in the archive that the journal does not know. */
export function checkArchive({ archive, journal }: World): void {
  const known = [...journal.files.values()].map(({ archived }) => archived);
  const unknown = archive.ids.filter((id) => !known.includes(id));
  if (unknown.length > 0) throw new Error(`the journal does not know ${unknown.join(' ')}`);
}

/** What is left in the source is what the application has: nothing old is beneath what it has written or deleted. */
export async function checkNothingBeneath(world: World): Promise<void> {
  await world.simulation.settle(async (process) => {
    for (const [key, content] of Object.entries(world.source.snapshot())) {
      const seen = await look(world.target.client(process), key, undefined);
      if (seen.type === 'absent' || world.targetContent(key) === content) continue;
      throw new Error(`an old file is left beneath ${key}`);
    }
  });
}
