import { type Key, type StorageProvider, TOMBSTONE_TAG } from '@org/storage-core';
import { look, statIfThere, TOMBSTONE_SIZE } from '@org/storage-hybrid';
import { type BulkOptions, type BulkReport, bulkRun, type Done } from '../bulk-run.js';
import { sharedSignal } from '../shared-signal.js';
import { type Wait, wait as waitByTimer } from '../wait.js';
import { authorityOf, type HeldLease, whileAllowed } from './authority.js';
import { requireConditionalDelete } from './conditional-delete.js';
import { sweep } from './sweep.js';

export interface SweepTombstonesOptions extends BulkOptions {
  readonly target: StorageProvider;
  /** Asked whether it still has the file that a tombstone hides, which then stays. Leave it out when the source is gone. */
  readonly source?: StorageProvider;
  /**
   * The lease of `requireStages({ allowed: ['target'], stage: 'target' })`: all processes are in the mode `target`, and there is no other
   * migrator. `true`: the caller vouches for it.
   */
  readonly cutOver: true | HeldLease;
  /**
   * Milliseconds for which it waits before it begins, so that every request of a migration that has just ended has ended, too.
   * Default 900,000: 15 minutes, as for the fleet. 0: the caller vouches that they have.
   */
  readonly drain?: number;
  /** Default by a timer. */
  readonly wait?: Wait;
}

/**
 * `swept` · `kept` it is no tombstone, or was replaced just then · `needed` the source still has the file that it hides: retire
 * that first.
 */
export type SweepReport = BulkReport<Outcome>;

type Outcome = 'swept' | 'kept' | 'needed';

const ALTERNATIVE = `Leave the tombstones to a lifecycle rule that expires objects with the tag ${TOMBSTONE_TAG.key}=${TOMBSTONE_TAG.value}`;

/**
 * Removes all tombstones of the target. Its listing tells sizes only, so whatever has the size of a tombstone is looked at.
 * @throws StorageError `Unsupported` for a target without conditional deletes of its own.
 */
export async function sweepTombstones(given: SweepTombstonesOptions): Promise<SweepReport> {
  const signal = sharedSignal(given.signal);
  const options = { ...given, ...(signal === undefined ? {} : { signal }) };
  const { target, drain = 900_000, wait = waitByTimer, dryRun = false } = options;
  const check = authorityOf(options.cutOver, 'target');
  await target.probe?.({ signal });
  requireConditionalDelete(target, ALTERNATIVE);
  return bulkRun<Outcome>(options, {
    kind: 'sweep',
    outcomes: ['swept', 'kept', 'needed'],
    problems: ['needed'],
    async work(run) {
      const rest = signal === undefined ? run.stop : AbortSignal.any([run.stop, signal]);
      if (!dryRun) await wait(drain, rest);
      await run.each(
        (stop) => whileAllowed(check, suspects(target, stop, signal)),
        async ({ key }) => {
          check();
          return sweepOne(key, options);
        },
      );
    },
  });
}

async function* suspects(
  target: StorageProvider,
  stop: AbortSignal,
  signal: AbortSignal | undefined,
) {
  if (stop.aborted) return;
  for await (const entry of target.list({ signal })) {
    if (stop.aborted) return;
    if (entry.type === 'file' && entry.size === TOMBSTONE_SIZE) yield entry;
  }
}

async function sweepOne(
  key: Key,
  { source, target, signal, dryRun = false }: SweepTombstonesOptions,
): Promise<Done<Outcome>> {
  if ((await look(target, key, signal)).type !== 'tombstone') return { outcome: 'kept' };
  if (source !== undefined && (await statIfThere(source, key, signal)) !== undefined)
    return {
      outcome: 'needed',
      message: 'the source still has the file that was deleted: retire it first',
    };
  if (dryRun) return { outcome: 'swept' };
  return { outcome: (await sweep(key, target, signal)) ? 'swept' : 'kept' };
}
