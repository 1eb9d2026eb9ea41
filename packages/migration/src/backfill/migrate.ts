import {
  isStorageError,
  type SkipReason,
  type StorageError,
  type StorageErrorCode,
  type StorageProvider,
  throwIfAborted,
} from '@org/storage-core';
import type { FleetLease } from '@org/storage-hybrid';
import type { EventListener } from '../event.js';
import { filesIn } from '../journal/file-pages.js';
import type { FileRecord, FileResult } from '../journal/file-record.js';
import type { Journal } from '../journal/journal.js';
import type { RunOutcome } from '../journal/run.js';
import { type MigrationStatus, migrationStatus } from '../report/status.js';
import { type RetryOptions, retry } from '../retry.js';
import { sharedSignal } from '../shared-signal.js';
import { forEach } from '../worker-pool.js';
import { type CopyUpOptions, copyUp } from './copy-up.js';
import { takeInventory } from './inventory.js';
import { preflight } from './preflight.js';
import { removeUnfinishedUploads } from './unfinished-uploads.js';

export interface MigrateOptions {
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
  /** Files under way at once. Default 16. */
  readonly concurrency?: number;
  readonly retry?: RetryOptions;
  /**
   * So many files in a row that fail for a reason that is not theirs (the target is down, the credentials ran out)
   * stop the run. Default 50.
   */
  readonly failureLimit?: number;
  /** Kinds of skipped things that don't make the migration incomplete. Default none. */
  readonly accept?: readonly SkipReason[];
  /** When it fires, the files in flight are finished and no other is begun. */
  readonly stop?: AbortSignal;
  /** When it fires, everything ends at once; the journal knows what was done. */
  readonly signal?: AbortSignal;
  readonly onEvent?: EventListener;
}

export interface MigrationReport extends MigrationStatus {
  readonly runId: string;
  /**
   * `complete` everything is resolved · `incomplete` some files are not · `interrupted` by `stop` · `stopped` at the
   * failure limit.
   */
  readonly outcome: Exclude<RunOutcome, 'running'>;
  /** Why the run was stopped. */
  readonly reason?: StorageError;
  /** Milliseconds. */
  readonly duration: number;
}

/** Reasons that lie outside a file: the next one will meet them too. */
const NOT_THE_FILES: readonly StorageErrorCode[] = [
  'Unavailable',
  'Timeout',
  'Throttled',
  'AccessDenied',
  'QuotaExceeded',
];

/**
 * Copies every file of the source that the target does not have, and leaves the source as it is. Run again, it goes on
 * where it was stopped, in whatever way: what is resolved is not copied again.
 * @throws StorageError `Unsupported` if the target can't keep the copy safe; whatever keeps the journal, the source's
 * listing or the target from being used at all. The error of a single file is not thrown but journalled and reported.
 */
export async function migrate(given: MigrateOptions): Promise<MigrationReport> {
  const signal = sharedSignal(given.signal);
  const options = { ...given, ...(signal === undefined ? {} : { signal }) };
  const { source, target, journal, stop, onEvent = () => {} } = options;
  const begun = performance.now();
  await preflight({ target, signal });
  const run = await journal.startRun('migrate');
  let reason: StorageError | undefined;
  try {
    await removeUnfinishedUploads({ target, journal, signal, onEvent });
    if (
      await takeInventory({ source, journal, live: Boolean(given.live), stop, signal, onEvent })
    ) {
      reason = await copyAll(run.id, options);
      // What was refused at its end has left parts, if they could not be removed at once. Another run tries again.
      await removeUnfinishedUploads({ target, journal, signal, onEvent }).catch(
        (error: unknown) => {
          if (!isStorageError(error) || signal?.aborted) throw error;
        },
      );
    }
  } catch (error) {
    const outcome = signal?.aborted ? 'interrupted' : 'stopped';
    await journal.endRun(run.id, outcome).catch(() => {}); // the error that brought us here says more
    throw error;
  }
  let status = await migrationStatus(journal, options);
  const outcome = reason
    ? 'stopped'
    : stop?.aborted
      ? 'interrupted'
      : status.unresolved > 0
        ? 'incomplete'
        : 'complete';
  await journal.endRun(run.id, outcome);
  status = await migrationStatus(journal, options);
  return {
    ...status,
    runId: run.id,
    outcome,
    ...(reason === undefined ? {} : { reason }),
    duration: performance.now() - begun,
  };
}

/** @returns why it stopped before the end, if it did. */
async function copyAll(run: string, options: MigrateOptions): Promise<StorageError | undefined> {
  const { journal, concurrency = 16, failureLimit = 50, signal } = options;
  const halt = new AbortController();
  const stop = AbortSignal.any([halt.signal, ...(options.stop ? [options.stop] : [])]);
  let inARow = 0;
  let reason: StorageError | undefined;
  await forEach(filesIn(journal, { states: ['pending'] }, stop), concurrency, async (file) => {
    const error = await copyOne(file, run, options);
    throwIfAborted(signal);
    const outside = error !== undefined && NOT_THE_FILES.includes(error.code);
    inARow = outside ? inARow + 1 : 0;
    if (inARow >= failureLimit) {
      reason ??= error;
      halt.abort();
    }
  });
  return reason;
}

function liveOf({ live = false }: MigrateOptions): Pick<CopyUpOptions, 'live' | 'mayCommit'> {
  if (typeof live === 'boolean') return { live };
  return { live: true, mayCommit: async () => live.check() };
}

/** Copies a file and journals its outcome. @returns the error it failed with. */
async function copyOne(
  file: FileRecord,
  run: string,
  options: MigrateOptions,
): Promise<StorageError | undefined> {
  const { source, target, journal, signal, onEvent = () => {} } = options;
  const { key, size } = file;
  let attempts = 0;
  const settle = async (result: FileResult) => {
    await journal.recordResult(key, result);
    const message = result.error?.message;
    onEvent({ type: 'file', key, size, state: result.state, ...(message ? { message } : {}) });
  };
  try {
    const result = await retry(
      (attempt) => {
        attempts = attempt;
        return copyUp(file, {
          source,
          target,
          signal,
          ...liveOf(options),
          largeFrom: options.largeFrom,
          onUpload: (uploadId) => journal.recordUpload(key, uploadId),
          onHash: (bytes) => onEvent({ type: 'hashing', key, bytes }),
          onProgress: (bytes) => onEvent({ type: 'transfer', key, bytes }),
        });
      },
      options.retry ?? {},
      signal,
      (retried) => onEvent({ type: 'retry', key, ...retried }),
    );
    await settle({ ...result, attempts, ...(result.state === 'copied' ? { run } : {}) });
    return undefined;
  } catch (error) {
    if (!isStorageError(error) || signal?.aborted) throw error;
    const { code, message } = error;
    await settle({ state: 'failed', attempts, error: { code, message } });
    return error;
  }
}
