import {
  isStorageError,
  type SkipReason,
  StorageError,
  type StorageProvider,
} from '@org/storage-core';
import type { FleetLease } from '@org/storage-hybrid';
import type { Clock } from '../clock.js';
import type { EventListener } from '../event.js';
import type { FailureBudget } from '../failures.js';
import type { Count, FileOrder, Journal } from '../journal/journal.js';
import type { RunOutcome } from '../journal/run.js';
import { isSharedJournal } from '../journal/shared-journal.js';
import type { MigrationStatus } from '../report/status.js';
import type { RetryOptions } from '../retry.js';
import type { WorkersOptions } from '../workers/options.js';
import type { Adopt } from './adopt.js';
import { copyFiles } from './copy-files.js';
import { takeInventory } from './inventory.js';
import { migrationRun } from './migration-run.js';
import { takeMissingAgain } from './missing-copies.js';
import type { PaceOptions } from './pace-state.js';
import { pendingFiles } from './pending-files.js';
import type { Selection } from './selection.js';
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
  /** Takes what is at hand in place of copying it, such as {@link adoptFrom} does; not with `workers`. Default: all is copied. */
  readonly adopt?: Adopt;
  /**
   * Whether files are known that a directory has before the first run towards it: they are the application's, which works on both
   * stores, or copies of a migration whose journal is gone. Default `false`: such a directory is refused, since what an older migration
   * has left there would count as newer than the source's files.
   */
  readonly knownFiles?: boolean;
  /**
   * Whether files are copied again that the last verification has found `missing` from the target, as far as the source has them. A
   * tombstone that the application has left there since has the say. Default `false`: they stay missing, and the migration is incomplete,
   * since an application that has worked on the target alone may have deleted them, without a mark: they would come back. Not
   * with {@link migrateTogether}.
   */
  readonly missing?: boolean;
  /** Processes that copy, instead of this one. Default: none. */
  readonly workers?: WorkersOptions;
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
 * @throws StorageError `Unsupported` if the target can't keep the copy safe; `Conflict` for a directory that has files before the first
 * run; `InvalidArgument`; whatever keeps the journal, the
 * source's listing or the target from being used at all. The error of a single file is not thrown but journalled and reported.
 */
export async function migrate(given: MigrateOptions): Promise<MigrationReport> {
  const { source, target, journal, stop } = given;
  if (isSharedJournal(journal)) throw notAlone(journal);
  return migrationRun(given, async ({ id: run, selected, live, mayCommit, ...how }) => {
    const { signal, onEvent } = how;
    const uploads = { target, journal, signal, onEvent };
    if (given.missing === true) await takeMissingAgain({ source, journal, selected, stop, signal });
    const unfinished = await unfinishedUploads(uploads);
    const inventory = await takeInventory({ source, journal, live, selected, stop, ...how });
    if (inventory === undefined) return { notSelected: NONE, reason: undefined };
    const { todo, notSelected } = inventory;
    const { failureLimit, failureBudget, largeFrom, order, retry = {} } = given;
    const files = pendingFiles({ journal, selected, order, unfinished, mayCommit });
    const reason = await copyFiles({
      ...given,
      ...{ ...how, files, run, todo, live, stop, failureLimit, failureBudget, largeFrom, retry },
    });
    // What was refused at its end has left parts, if they could not be removed at once. Another run tries again.
    await removeAbandonedUploads(uploads).catch((error: unknown) => {
      if (!isStorageError(error) || signal?.aborted) throw error;
    });
    return { notSelected, reason };
  });
}

function notAlone({ place }: Journal): StorageError {
  return new StorageError(
    'InvalidArgument',
    `the journal ${place} was opened to be shared: use migrateTogether, or open it to work with alone`,
  );
}
