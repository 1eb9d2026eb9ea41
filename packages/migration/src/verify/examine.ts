import {
  type Checksums,
  differingChecksums,
  type FileMetadata,
  isStorageError,
  type StorageProvider,
} from '@org/storage-core';
import { copiedFrom, look, statIfThere } from '@org/storage-hybrid';
import type { VerificationOutcome } from '../event.js';
import type { FileRecord } from '../journal/file-record.js';
import { digestOf } from './content-digest.js';
import { differingMetadata } from './metadata.js';

/** What was found of one file. */
export interface Finding {
  readonly result: Exclude<VerificationOutcome, 'failed'>;
  /** Whether its bytes were read. */
  readonly readBack?: boolean;
  readonly message?: string;
}

export interface ExamineOptions {
  readonly source: StorageProvider;
  readonly target: StorageProvider;
  /** Whether every byte is read, or the server's checksums are taken where it keeps any. */
  readonly full: boolean;
  /** Whether an application works on both stores. */
  readonly live: boolean;
  /** Whether the application is beyond the cutover, and deletes without a mark. */
  readonly cutOver: boolean;
  readonly signal: AbortSignal | undefined;
}

/** Compares a file that was copied with what the target holds, and with what the source has. */
export async function examine(file: FileRecord, options: ExamineOptions): Promise<Finding> {
  const { source, target, live, cutOver, signal } = options;
  const original = await statIfThere(source, file.key, signal);
  const seen = await look(target, file.key, signal);
  if (seen.type === 'absent') {
    if (cutOver && original === undefined && wasRetired(file)) return { result: 'unknowable' };
    return { result: 'missing', message: 'the target does not have it any more' };
  }
  if (seen.type === 'tombstone') return { result: 'deleted' };
  if (live && isTheApplications(seen.file, file)) return { result: 'superseded' };
  const found = await examineCopy(file, seen.file, options);
  if (found.result !== 'ok') return found;
  if (original === undefined) {
    if (wasRetired(file)) return found;
    return { ...found, result: 'removed', message: 'the source’s file was removed since' };
  }
  if (original.etag !== file.sourceEtag)
    return { ...found, result: 'changed', message: 'the source’s file has changed since' };
  const differing = isOwnCopy(seen.file, file, live)
    ? differingMetadata(original, seen.file)
    : undefined;
  return differing === undefined ? found : { ...found, result: 'different', message: differing };
}

/** It was found whole before that. */
function wasRetired({ retirement }: FileRecord): boolean {
  return retirement === 'retired' || retirement === 'gone';
}

/**
 * What an application writes has no memory of the source. Where it has written the very same bytes again, the copy is as good as
 * before.
 */
function isTheApplications(held: FileMetadata, { targetEtag }: FileRecord): boolean {
  return held.etag !== targetEtag && copiedFrom(held) === undefined;
}

/** Whether its metadata are ours: what was `present` may have been put there by anybody. */
function isOwnCopy(held: FileMetadata, { state, targetEtag }: FileRecord, live: boolean): boolean {
  if (copiedFrom(held) !== undefined) return true;
  return !live && state === 'copied' && held.etag === targetEtag;
}

async function examineCopy(
  file: FileRecord,
  held: FileMetadata,
  { target, full, signal }: ExamineOptions,
): Promise<Finding> {
  if (held.size !== file.size)
    return { result: 'different', message: `the target has ${held.size} bytes, not ${file.size}` };
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
