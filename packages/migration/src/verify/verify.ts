import {
  type Checksums,
  differingChecksums,
  isStorageError,
  type StorageProvider,
  throwIfAborted,
} from '@org/storage-core';
import { statIfThere } from '@org/storage-hybrid';
import type { EventListener } from '../event.js';
import { filesIn } from '../journal/file-pages.js';
import { type FileRecord, RESOLVED, type VerificationResult } from '../journal/file-record.js';
import type { Journal } from '../journal/journal.js';
import { type MigrationStatus, migrationStatus, type StatusOptions } from '../report/status.js';
import { type RetryOptions, retry } from '../retry.js';
import { sharedSignal } from '../shared-signal.js';
import { forEach } from '../worker-pool.js';
import { digestOf } from './content-digest.js';

export interface VerifyOptions extends StatusOptions {
  readonly source: StorageProvider;
  readonly target: StorageProvider;
  readonly journal: Journal;
  /** Read every file back and hash it. Default `false`: the checksums that the server keeps are compared. */
  readonly full?: boolean;
  /** Files under way at once. Default 16. */
  readonly concurrency?: number;
  readonly retry?: RetryOptions;
  readonly stop?: AbortSignal;
  readonly signal?: AbortSignal;
  readonly onEvent?: EventListener;
}

export interface VerificationReport extends MigrationStatus {
  /**
   * `verified` every file was found whole, and none is unresolved · `failed` not so · `interrupted` by `stop`.
   */
  readonly outcome: 'verified' | 'failed' | 'interrupted';
  /** Files by what this verification found; `failed` could not be looked at. */
  readonly results: Readonly<Record<VerificationResult | 'failed', number>>;
  /** Files whose bytes were read back: all with `full`, else those of which the server keeps no checksum. */
  readonly readBack: number;
  /** Milliseconds. */
  readonly duration: number;
}

interface Finding {
  readonly result: VerificationResult | 'failed';
  readonly readBack?: boolean;
  readonly message?: string;
}

/**
 * Compares every file that was migrated with what the target holds now, and the source with what was read. Changes
 * nothing but the journal.
 */
export async function verify(given: VerifyOptions): Promise<VerificationReport> {
  const signal = sharedSignal(given.signal);
  const options = { ...given, ...(signal === undefined ? {} : { signal }) };
  const { journal, stop, concurrency = 16, onEvent = () => {} } = options;
  const begun = performance.now();
  const results = { ok: 0, missing: 0, different: 0, changed: 0, removed: 0, failed: 0 };
  let readBack = 0;
  await forEach(filesIn(journal, { states: RESOLVED }, stop), concurrency, async (file) => {
    const finding = await examine(file, options);
    results[finding.result]++;
    if (finding.readBack) readBack++;
    if (finding.result !== 'failed')
      await journal.recordVerification(
        file.key,
        finding.result,
        finding.readBack ? 'content' : 'checksum',
      );
    const { result, message } = finding;
    onEvent({
      type: 'verified',
      key: file.key,
      size: file.size,
      result,
      ...(message === undefined ? {} : { message }),
    });
  });
  throwIfAborted(signal);
  const status = await migrationStatus(journal, options);
  const { ok, removed, ...bad } = results;
  const clean = status.unresolved === 0 && Object.values(bad).every((count) => count === 0);
  const outcome = stop?.aborted ? 'interrupted' : clean ? 'verified' : 'failed';
  return { ...status, outcome, results, readBack, duration: performance.now() - begun };
}

async function examine(file: FileRecord, options: VerifyOptions): Promise<Finding> {
  const { source, signal } = options;
  try {
    return await retry(
      async () => {
        const now = await statIfThere(source, file.key, signal);
        const target = await examineTarget(file, options);
        if (target.result !== 'ok' || now?.etag === file.sourceEtag) return target;
        if (now === undefined) {
          return { ...target, result: 'removed', message: 'the source’s file was removed since' };
        }
        return { ...target, result: 'changed', message: 'the source’s file has changed since' };
      },
      options.retry ?? {},
      signal,
      () => {},
    );
  } catch (error) {
    if (!isStorageError(error) || signal?.aborted) throw error;
    return { result: 'failed', message: error.message };
  }
}

async function examineTarget(file: FileRecord, options: VerifyOptions): Promise<Finding> {
  const { target, signal, full = false } = options;
  const held = await statIfThere(target, file.key, signal);
  if (held === undefined) {
    return { result: 'missing', message: 'the target does not have it any more' };
  }
  if (held.size !== file.size) {
    return { result: 'different', message: `the target has ${held.size} bytes, not ${file.size}` };
  }
  // The CRC is what the server computed of its bytes; a SHA-256 may be no more than a label.
  if (!full && held.checksums.crc32 !== undefined) return compared(file.checksums, held.checksums);
  try {
    const read = await digestOf(target, file.key, signal);
    return { ...compared(file.checksums, read.checksums), readBack: true };
  } catch (error) {
    if (!isStorageError(error, 'ChecksumMismatch')) throw error;
    return { result: 'different', readBack: true, message: error.message };
  }
}

function compared(expected: Checksums, found: Checksums): Finding {
  const [algorithm] = differingChecksums(expected, found);
  if (algorithm === undefined) return { result: 'ok' };
  const message = `${algorithm} is ${found[algorithm]} in the target, not ${expected[algorithm]}`;
  return { result: 'different', message };
}
