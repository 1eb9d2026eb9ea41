import { type Key, type StorageError, throwIfAborted } from '@org/storage-core';
import { type FailureBudget, Failures } from '../failures.js';
import { filesIn } from '../journal/file-pages.js';
import type { FileRecord, UnfinishedUpload } from '../journal/file-record.js';
import type { Count, FileOrder } from '../journal/journal.js';
import { forEach } from '../worker-pool.js';
import type { Clock } from './clock.js';
import { type CopyFileOptions, copyFile } from './copy-file.js';
import { Pace } from './pace.js';
import type { PaceOptions } from './pace-state.js';
import type { Selects } from './selection.js';
import { slowed } from './slowed-source.js';

interface CopyFilesOptions extends PaceOptions, Omit<CopyFileOptions, 'unfinished' | 'onRetry'> {
  readonly selected: Selects | undefined;
  readonly order: FileOrder | undefined;
  /** How many there are. */
  readonly todo: Count;
  readonly failureLimit: number | undefined;
  readonly failureBudget: FailureBudget | undefined;
  readonly unfinished: ReadonlyMap<Key, UnfinishedUpload>;
  readonly clock: Clock;
  readonly stop: AbortSignal | undefined;
}

/**
 * Copies all files that are pending and selected, as fast as they may go.
 * @returns why it stopped before the end, if failures made it.
 */
export async function copyFiles(options: CopyFilesOptions): Promise<StorageError | undefined> {
  const { journal, selected, order = 'key', unfinished, clock, signal, onEvent } = options;
  const { failureLimit, failureBudget } = options;
  const failures = new Failures(
    { inARow: failureLimit, budget: failureBudget },
    options.todo.files,
  );
  const pace = new Pace(options, onEvent);
  const source = slowed(options.source, pace.bandwidth);
  const stop = AbortSignal.any([options.stop, signal].filter((given) => given !== undefined));
  const copy = async (file: FileRecord) => {
    const begun = pace.begin(file.size);
    const { state, error } = await copyFile(file, {
      ...options,
      source,
      unfinished: unfinished.get(file.key),
      onRetry: ({ error }) => begun.failed(error.code),
    });
    throwIfAborted(signal);
    if (error !== undefined) begun.failed(error.code);
    begun.end(state === 'copied');
    failures.note(error);
    if (failures.reason !== undefined) pace.close();
  };
  const close = () => pace.close();
  stop.addEventListener('abort', close);
  const end = await pace.follow(journal, clock);
  try {
    if (stop.aborted) pace.close();
    const pending = filesIn(journal, { states: ['pending'], order }, stop);
    await forEach(only(pending, selected), pace, copy);
  } finally {
    end();
    stop.removeEventListener('abort', close);
  }
  throwIfAborted(signal);
  pace.check();
  return failures.reason;
}

async function* only(files: AsyncIterable<FileRecord>, selected: Selects | undefined) {
  for await (const file of files) if (selected?.(file) ?? true) yield file;
}
