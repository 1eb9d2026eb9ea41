import { isStorageError, type StorageError, type StorageProvider } from '@org/storage-core';
import type { EventListener } from '../event.js';
import type {
  FileRecord,
  FileResult,
  FileState,
  UnfinishedUpload,
} from '../journal/file-record.js';
import type { Journal } from '../journal/journal.js';
import { type Retried, type RetryOptions, retry } from '../retry.js';
import { type CopyUpOptions, copyUp } from './copy-up.js';
import type { CopySource } from './slowed-source.js';
import { forget } from './unfinished-uploads.js';

export interface CopyFileOptions
  extends Pick<CopyUpOptions, 'live' | 'adopt' | 'mayCommit' | 'largeFrom' | 'signal'> {
  readonly source: CopySource;
  readonly target: StorageProvider;
  readonly journal: Journal;
  /** The id of the run. */
  readonly run: string;
  readonly retry: RetryOptions;
  /** Makes an attempt, in this process or in another. Default: in this one. */
  readonly copy?: typeof copyUp | undefined;
  /** What an earlier run has sent of it. */
  readonly unfinished: UnfinishedUpload | undefined;
  readonly onEvent: EventListener;
  readonly onRetry: (retried: Retried) => void;
}

/** What became of a file. */
interface FileOutcome {
  readonly state: FileState;
  /** With which it failed. */
  readonly error?: StorageError;
}

/** Copies a file and journals its outcome. */
export async function copyFile(file: FileRecord, options: CopyFileOptions): Promise<FileOutcome> {
  const { source, target, journal, run, signal, onEvent } = options;
  const { live, adopt, mayCommit, largeFrom } = options;
  const disk = journal.endpoints.disk?.name;
  const { key, size } = file;
  const { copy = copyUp } = options;
  let { unfinished } = options;
  let attempts = 0;
  const settle = async (result: FileResult) => {
    await journal.recordResult(key, result);
    const message = result.error?.message;
    onEvent({ type: 'file', key, size, state: result.state, ...(message ? { message } : {}) });
  };
  try {
    const result = await retry(
      async (attempt) => {
        attempts = attempt;
        const { own = false, ...found } = await copy(file, {
          ...{ source, target, disk, live, adopt, mayCommit, largeFrom, signal, unfinished },
          onUpload: async (uploadId, sourceEtag) => {
            await journal.recordUpload(key, uploadId, sourceEtag);
            unfinished = { key, ...(uploadId && sourceEtag ? { uploadId, sourceEtag } : {}) };
          },
          onHash: (bytes) => onEvent({ type: 'hashing', key, bytes }),
          onProgress: (bytes) => onEvent({ type: 'transfer', key, bytes }),
        });
        if (!own) return found;
        // What is journalled as copied has no upload any more.
        if (unfinished !== undefined)
          await forget(unfinished, { target, journal, signal, onEvent });
        return { ...found, state: 'copied' as const };
      },
      options.retry,
      signal,
      (retried) => {
        onEvent({ type: 'retry', key, ...retried });
        options.onRetry(retried);
      },
    );
    await settle({ ...result, attempts, ...(result.state === 'copied' ? { run } : {}) });
    return { state: result.state };
  } catch (error) {
    if (!isStorageError(error) || signal?.aborted) throw error;
    const { code, message } = error;
    await settle({ state: 'failed', attempts, error: { code, message } });
    return { state: 'failed', error };
  }
}
