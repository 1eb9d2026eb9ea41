import type { StorageError } from '@org/storage-core';
import { requireStages } from '@org/storage-hybrid';
import {
  createBackgroundSync,
  type EventListener,
  type Journal,
  type MigrationReport,
  referenceUpdates,
  type Selection,
} from '@org/storage-migration';
import type { MigrationServiceOptions } from './options.js';
import type { Work } from './slot.js';

const DEFAULT_CONCURRENCY = 16;

/** Milliseconds after the first round that could not be made. */
const FIRST_DELAY = 5_000;

/** What is waited for before the first file is copied from a bucket. */
const LATE = 'it waits for writes to the source that were sent before the hand-over';

/** Bytes a second that nothing reaches: taking a limit away goes before the one that copying begins with. */
export const UNLIMITED = Number.MAX_SAFE_INTEGER;

/** What a copying goes by until other limits are set. */
export function limitsOf({
  concurrency = DEFAULT_CONCURRENCY,
  bandwidth,
}: MigrationServiceOptions) {
  return { concurrency, ...(bandwidth === undefined ? {} : { bandwidth }) };
}

/**
 * Copies until a round has come to its end, whether or not it left files open. Rounds that can't be made, or are stopped by
 * failures, are made again, ever later.
 */
export async function copy(
  options: MigrationServiceOptions,
  work: Work,
  {
    journal,
    onEvent,
    keys,
  }: {
    readonly journal: Journal;
    readonly onEvent: EventListener;
    /** Only these. */
    readonly keys?: readonly string[] | undefined;
  },
): Promise<void> {
  const {
    source,
    target,
    registry,
    references,
    names,
    copying,
    accept,
    timing,
    outlast = 0,
    retryEvery,
  } = options;
  const updates = references && referenceUpdates({ journal, references, names });
  const lease = () =>
    requireStages({
      ...{ ...timing, registry, allowed: ['settled'], task: 'migrate', note: 'copies files' },
      ...{ outlast, signal: work.stop },
    });
  const sync = createBackgroundSync({
    ...{ source, target, journal, ...copying, ...limitsOf(options), firstDelay: FIRST_DELAY },
    ...(retryEvery === undefined ? {} : { every: retryEvery }),
    ...(accept === undefined ? {} : { accept }),
    ...(keys === undefined ? {} : { select: onlyKeys(keys) }),
    knownFiles: true, // it was looked at when it was begun; what has come since is the application's
    async live() {
      work.waiting = outlast > 0;
      work.note = outlast > 0 ? LATE : undefined;
      const held = await lease();
      work.waiting = false;
      work.note = undefined;
      return held;
    },
    onEvent(event) {
      onEvent(event);
      updates?.onEvent(event);
    },
    onReport({ outcome }) {
      if (isEnd(outcome)) void sync.stop();
    },
    onFailure(error: StorageError) {
      if (work.stop.aborted) return;
      work.waiting = true;
      work.note = `${error.message}; it is tried again`;
    },
  });
  const stop = () => void sync.stop();
  work.stop.addEventListener('abort', stop);
  if (work.stop.aborted) stop();
  try {
    await sync.ended;
  } finally {
    work.stop.removeEventListener('abort', stop);
    await updates?.close();
  }
}

function isEnd(outcome: MigrationReport['outcome'] | string): boolean {
  return outcome === 'complete' || outcome === 'incomplete';
}

/** @returns globs that stand for these keys and no others. */
function onlyKeys(keys: readonly string[]): Selection {
  return { include: keys.map((key) => key.replaceAll(/[\\*?[\]{},]/g, '\\$&')) };
}
