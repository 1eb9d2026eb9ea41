import { type Key, StorageError, type StorageProvider } from '@org/storage-core';
import { type BulkOptions, type BulkReport, bulkRun } from '../bulk-run.js';
import { sharedSignal } from '../shared-signal.js';
import type { ArchiveEntry } from './archive.js';

/** What can be cleaned of an archive: `trash` of a `LocalStorageProvider`. */
interface CleanedArchive {
  list(options?: { readonly signal?: AbortSignal | undefined }): AsyncIterable<ArchiveEntry>;
  purge(options: {
    readonly before: Date;
    readonly signal?: AbortSignal | undefined;
  }): Promise<{ readonly purged: number }>;
}

export interface CleanOptions extends BulkOptions {
  readonly target: StorageProvider;
  /**
   * Unfinished multipart uploads under the target's prefix are removed that are older: milliseconds, at least an hour. It has to
   * be longer than any upload may take, of the application's, too.
   */
  readonly uploadsOlderThan: number;
  /** What removes left-over staging files of the source: a `LocalStorageProvider`. */
  readonly staging?: {
    reclaim(options: {
      readonly dryRun?: boolean;
      readonly signal?: AbortSignal | undefined;
    }): Promise<{ readonly reclaimed: number }>;
  };
  /** Archived files that are older are removed for good. Milliseconds. Default: none are. */
  readonly archives?: { readonly archive: CleanedArchive; readonly olderThan: number };
  /** Milliseconds since 1970. Default `Date.now`. */
  readonly now?: () => number;
}

export interface CleanReport extends BulkReport<'aborted' | 'kept'> {
  /** Left-over staging files of the source that were removed. */
  readonly reclaimed: number;
  /** Archived files that were removed for good. */
  readonly purged: number;
}

const HOUR = 60 * 60 * 1000;

/**
 * Removes what crashes and clients that never came back have left: unfinished uploads, which are paid for and not listed, and staging
 * files; and, if asked to, old archived files. No file of either store is touched.
 * @throws StorageError `InvalidArgument`.
 */
export async function clean(given: CleanOptions): Promise<CleanReport> {
  const signal = sharedSignal(given.signal);
  const options = { ...given, ...(signal === undefined ? {} : { signal }) };
  const { target, uploadsOlderThan, staging, archives, now = Date.now, dryRun = false } = options;
  if (!(uploadsOlderThan >= HOUR))
    throw new StorageError(
      'InvalidArgument',
      'uploads that are younger than an hour may be under way: uploadsOlderThan is at least 3,600,000 ms',
    );
  let reclaimed = 0;
  let purged = 0;
  const report = await bulkRun<'aborted' | 'kept'>(options, {
    kind: 'clean',
    outcomes: ['aborted', 'kept'],
    problems: [],
    async work(run) {
      const before = now() - uploadsOlderThan;
      await run.each(
        (stop) => uploads(target, stop, signal),
        async ({ key, uploadId, initiated }) => {
          if (initiated.getTime() >= before) return { outcome: 'kept' };
          if (!dryRun) await target.multipart?.abort(key, uploadId, { signal });
          return { outcome: 'aborted', message: `begun at ${initiated.toISOString()}` };
        },
      );
      if (run.stop.aborted) return;
      if (staging !== undefined) ({ reclaimed } = await staging.reclaim({ dryRun, signal }));
      if (archives !== undefined)
        purged = await purge(archives.archive, new Date(now() - archives.olderThan), options);
    },
  });
  return { ...report, reclaimed, purged };
}

async function* uploads(
  { multipart }: StorageProvider,
  stop: AbortSignal,
  signal: AbortSignal | undefined,
) {
  if (multipart === undefined) return;
  for await (const upload of multipart.list({ signal })) {
    if (stop.aborted) return;
    // Its bytes are not told. A name that is no key can be removed all the same.
    yield { ...upload, key: upload.key as Key, size: 0 };
  }
}

async function purge(
  archive: CleanedArchive,
  before: Date,
  { dryRun = false, signal }: CleanOptions,
): Promise<number> {
  if (!dryRun) return (await archive.purge({ before, signal })).purged;
  let old = 0;
  for await (const { trashedAt } of archive.list({ signal })) {
    if (trashedAt >= before) break; // ordered by time
    old++;
  }
  return old;
}
