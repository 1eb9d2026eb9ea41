import {
  isStorageError,
  type SkipReason,
  type StorageError,
  type StorageProvider,
} from '@org/storage-core';
import type { FleetLease } from '@org/storage-hybrid';
import type { EventListener } from '../event.js';
import { checkFailureBudget, type FailureBudget } from '../failures.js';
import type { Count, FileOrder, Journal } from '../journal/journal.js';
import type { RunOutcome } from '../journal/run.js';
import { type MigrationStatus, migrationStatus } from '../report/status.js';
import type { RetryOptions } from '../retry.js';
import { sharedSignal } from '../shared-signal.js';
import { type Clock, systemClock } from './clock.js';
import { copyFiles } from './copy-files.js';
import type { CopyUpOptions } from './copy-up.js';
import { takeInventory } from './inventory.js';
import { type PaceOptions, paceOf } from './pace-state.js';
import { preflight } from './preflight.js';
import { type Selection, selects } from './selection.js';
import { Timeline } from './timeline.js';
import { removeAbandonedUploads, unfinishedUploads } from './unfinished-uploads.js';

export interface MigrateOptions extends PaceOptions {
  readonly source: StorageProvider;
  readonly target: StorageProvider;
  readonly journal: Journal;
  /**
   * Whether an application works on both stores meanwhile, in all its processes through a `HybridStorageProvider` in the stage
   * `settled`. The lease that `requireStages` gives is the proof, and is looked at before every copy becomes visible; with `true`,
   * the caller vouches for it. Default `false`: then nothing may write to either store.
   */
  readonly live?: boolean | Pick<FleetLease, 'check'>;
  /**
   * Bytes from which on a file is read twice: first for its checksums, then to be sent. Not more than the target sends in one
   * request. Default 5 MiB.
   */
  readonly largeFrom?: number;
  /** Which files are copied; what is left out stays as it is. Default: all. */
  readonly select?: Selection;
  /** In which order they are begun. Default `key`. */
  readonly order?: FileOrder;
  readonly retry?: RetryOptions;
  /**
   * So many files in a row that fail for a reason that is not theirs (the target is down, the credentials ran out)
   * stop the run. Default 50.
   */
  readonly failureLimit?: number;
  /** How many may fail, for whatever reason; one more stops the run. Default: any number. */
  readonly failureBudget?: FailureBudget;
  /** Kinds of skipped things that don't make the migration incomplete. Default none. */
  readonly accept?: readonly SkipReason[];
  /** When it fires, the files in flight are finished and no other is begun. */
  readonly stop?: AbortSignal;
  /** When it fires, everything ends at once; the journal knows what was done. */
  readonly signal?: AbortSignal;
  readonly onEvent?: EventListener;
  /** Default: the system's. */
  readonly clock?: Clock;
}

export interface MigrationReport extends MigrationStatus {
  readonly runId: string;
  /**
   * `complete` all that was selected is resolved · `incomplete` some files are not · `interrupted` by `stop` · `stopped` by
   * too many failures.
   */
  readonly outcome: Exclude<RunOutcome, 'running'>;
  /** Unresolved files that the selection has left out. */
  readonly notSelected: Count;
  /** Why the run was stopped. */
  readonly reason?: StorageError;
  /** Milliseconds. */
  readonly duration: number;
}

const NONE: Count = { files: 0, bytes: 0 };

/**
 * Copies every file of the source that the target does not have, and leaves the source as it is. Run again, it goes on
 * where it was stopped, in whatever way: what is resolved is not copied again.
 * @throws StorageError `Unsupported` if the target can't keep the copy safe; `InvalidArgument`; whatever keeps the journal, the
 * source's listing or the target from being used at all. The error of a single file is not thrown but journalled and reported.
 */
export async function migrate(given: MigrateOptions): Promise<MigrationReport> {
  const begun = performance.now();
  const signal = sharedSignal(given.signal);
  const { source, target, journal, stop, clock = systemClock } = given;
  const selected = selects(given.select);
  paceOf(given);
  checkFailureBudget(given.failureBudget);
  await preflight({ target, signal });
  const run = await journal.startRun('migrate');
  const timeline = new Timeline(journal, run.id, clock);
  const onEvent: EventListener = (event) => {
    timeline.record(event);
    given.onEvent?.(event);
  };
  let notSelected = NONE;
  let reason: StorageError | undefined;
  try {
    const uploads = { target, journal, signal, onEvent };
    const unfinished = await unfinishedUploads(uploads);
    const live = liveOf(given);
    const inventory = await takeInventory({
      source,
      journal,
      ...live,
      selected,
      stop,
      signal,
      onEvent,
    });
    if (inventory !== undefined) {
      const { todo } = inventory;
      notSelected = inventory.notSelected;
      const { failureLimit, failureBudget, largeFrom, order, retry = {} } = given;
      reason = await copyFiles({
        ...given,
        ...{ ...live, run: run.id, todo, selected, unfinished, clock, signal, stop, onEvent },
        ...{ failureLimit, failureBudget, largeFrom, order, retry },
      });
      // What was refused at its end has left parts, if they could not be removed at once. Another run tries again.
      await removeAbandonedUploads(uploads).catch((error: unknown) => {
        if (!isStorageError(error) || signal?.aborted) throw error;
      });
    }
    await timeline.close();
  } catch (error) {
    const outcome = signal?.aborted ? 'interrupted' : 'stopped';
    await timeline.close().catch(() => {}); // the error that brought us here says more
    await journal.endRun(run.id, outcome).catch(() => {});
    throw error;
  }
  let status = await migrationStatus(journal, given);
  const unresolved = status.unresolved - notSelected.files;
  const outcome = reason
    ? 'stopped'
    : stop?.aborted
      ? 'interrupted'
      : unresolved > 0
        ? 'incomplete'
        : 'complete';
  await journal.endRun(run.id, outcome);
  status = await migrationStatus(journal, given);
  return {
    ...status,
    runId: run.id,
    outcome,
    notSelected,
    ...(reason === undefined ? {} : { reason }),
    duration: performance.now() - begun,
  };
}

function liveOf({
  live = false,
}: MigrateOptions): Pick<CopyUpOptions, 'mayCommit'> & { readonly live: boolean } {
  if (typeof live === 'boolean') return { live };
  return { live: true, mayCommit: async () => live.check() };
}
