import { type StorageError, throwIfAborted } from '@org/storage-core';
import type { Clock } from '../clock.js';
import { type FailureBudget, Failures } from '../failures.js';
import type { Count } from '../journal/journal.js';
import { forEach } from '../worker-pool.js';
import { type CopyFileOptions, copyFile } from './copy-file.js';
import { Pace } from './pace.js';
import type { PaceOptions } from './pace-state.js';
import type { PendingFile, PendingFiles } from './pending-files.js';
import { slowed } from './slowed-source.js';

interface CopyFilesOptions extends PaceOptions, Omit<CopyFileOptions, 'unfinished' | 'onRetry'> {
  /** Those to be copied. */
  readonly files: PendingFiles;
  /** How many there are. */
  readonly todo: Count;
  readonly failureLimit: number | undefined;
  readonly failureBudget: FailureBudget | undefined;
  readonly clock: Clock;
  readonly stop: AbortSignal | undefined;
}

/**
 * Copies all files that are to be copied, as fast as they may go.
 * @returns why it stopped before the end, if failures made it.
 */
export async function copyFiles(options: CopyFilesOptions): Promise<StorageError | undefined> {
  const { clock, signal, onEvent } = options;
  const { failureLimit, failureBudget } = options;
  const failures = new Failures(
    { inARow: failureLimit, budget: failureBudget },
    options.todo.files,
  );
  const pace = new Pace(options, onEvent);
  const source = slowed(options.source, pace.bandwidth);
  const stop = AbortSignal.any([options.stop, signal].filter((given) => given !== undefined));
  const copy = async ({ file, unfinished, mayCommit, journal, whileHeld }: PendingFile) => {
    const begun = pace.begin(file.size);
    const outcome = await whileHeld(() =>
      copyFile(file, {
        ...options,
        ...{ source, journal, mayCommit, unfinished },
        onRetry: ({ error }) => begun.failed(error.code),
      }),
    );
    throwIfAborted(signal);
    if (outcome?.error !== undefined) begun.failed(outcome.error.code);
    begun.end(outcome?.state === 'copied');
    if (outcome === undefined) return;
    failures.note(outcome.error);
    if (failures.reason !== undefined) pace.close();
  };
  const close = () => pace.close();
  stop.addEventListener('abort', close);
  const end = await pace.follow(options.journal, clock);
  try {
    if (stop.aborted) pace.close();
    await forEach(options.files(pace.closed), pace, copy);
  } finally {
    end();
    stop.removeEventListener('abort', close);
  }
  throwIfAborted(signal);
  pace.check();
  return failures.reason;
}
