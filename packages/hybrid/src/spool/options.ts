import { StorageError, type StorageProvider } from '@org/storage-core';
import type { Schedule } from './drainer.js';

export interface SpoolOptions {
  /**
   * Where entries wait: a provider over a disk that all writers of these files share, such as `LocalStorageProvider` over a
   * directory of its own. It must store durably before it acknowledges, evaluate conditions atomically, and give every write
   * an ETag of its own, also where the content is the same. A key that it can’t hold is never spooled.
   */
  readonly store: StorageProvider;
  /**
   * Bytes that the entries may have together; `Infinity` for no limit. A write beyond fails with `QuotaExceeded`. Processes that
   * write at once may exceed it by what they have under way.
   */
  readonly maxBytes: number;
  /**
   * Bytes of a stream that are kept in memory while it is sent to the target, so that it can go to the spool if the target fails
   * meanwhile; one of which more was read then fails with the target’s error. Default 8 MiB: as many as S3 gets in one request.
   * Of a longer stream, an upload in parts may read several parts before it fails.
   */
  readonly replayBytes?: number | undefined;
  /**
   * Which failures of the target let a write go to the spool. Default: those of a store that can’t be reached or is not well
   * (`Unavailable`, `Timeout`, `Throttled`, where they are retryable). After some of them the target may have the write all the
   * same, or get it later, so that it counts twice, like any write that is repeated: then, and when it was spooled.
   */
  readonly isAway?: ((error: unknown) => boolean) | undefined;
  /**
   * Whether all writers of these files share the disk of `store`. Then no conflict can arise. If `false`, what the target has is
   * kept aside before an entry is sent over it, unless it is what this process had seen there before the outage. Default `true`.
   */
  readonly shared?: boolean | undefined;
  /** Whether this process drains the spool by itself, as soon as the provider is made. Default `true`. */
  readonly drain?: boolean | undefined;
  /** Milliseconds from one pass of that to the next; after passes that fail, up to 60,000. Default 1,000. */
  readonly drainEvery?: number | undefined;
  /** What begins those passes. Default: a timer, which does not keep the process alive. */
  readonly schedule?: Schedule | undefined;
  /** For messages and metrics. Default `spooled`. */
  readonly name?: string | undefined;
}

const NAMES: { readonly [Name in keyof Required<SpoolOptions>]: true } = {
  store: true,
  maxBytes: true,
  replayBytes: true,
  isAway: true,
  shared: true,
  drain: true,
  drainEvery: true,
  schedule: true,
  name: true,
};

/** @throws StorageError `InvalidArgument`. */
export function checkSpoolOptions(options: SpoolOptions): void {
  const unknown = Object.keys(options).find((name) => !(name in NAMES));
  if (unknown !== undefined) throw invalid(`unknown option "${unknown}"`);
  const { store, maxBytes, replayBytes = 0, drainEvery = 1 } = options;
  if (typeof store !== 'object' || store === null) throw invalid('store is a provider');
  if (typeof maxBytes !== 'number' || !(maxBytes >= 0))
    throw invalid('maxBytes is a number of bytes, or Infinity');
  if (typeof replayBytes !== 'number' || !(replayBytes >= 0))
    throw invalid('replayBytes is a number of bytes');
  if (typeof drainEvery !== 'number' || !(drainEvery > 0))
    throw invalid('drainEvery is a number of milliseconds');
  for (const name of ['shared', 'drain'] as const) {
    const value: unknown = options[name];
    if (value !== undefined && typeof value !== 'boolean')
      throw invalid(`${name} is true or false`);
  }
  for (const name of ['isAway', 'schedule'] as const) {
    const value: unknown = options[name];
    if (value !== undefined && typeof value !== 'function') throw invalid(`${name} is a function`);
  }
}

function invalid(message: string): StorageError {
  return new StorageError('InvalidArgument', message);
}
