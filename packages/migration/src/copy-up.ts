import {
  type Checksums,
  carriedOptions,
  type Download,
  differingChecksums,
  type ETag,
  type FileMetadata,
  isStorageError,
  type Key,
  StorageError,
  type StorageErrorCode,
  type StorageProvider,
} from '@org/storage-core';
import { digestOf } from './content-digest.js';
import type { FileRecord } from './journal.js';
import { heldBack } from './unchanged.js';

export interface CopyUpOptions {
  readonly source: StorageProvider;
  readonly target: StorageProvider;
  readonly signal?: AbortSignal | undefined;
  /** Awaited before a multipart upload may begin, and again with its id before its first part is sent. */
  readonly onUpload: (uploadId?: string) => Promise<void>;
  /** Bytes that were read ahead for the checksums so far. */
  readonly onHash: (bytes: number) => void;
  /** Bytes that the target has taken so far. */
  readonly onProgress: (bytes: number) => void;
}

export interface CopyUpResult {
  readonly state: 'copied' | 'present' | 'conflict' | 'gone';
  readonly checksums?: Checksums;
  readonly targetEtag?: ETag;
  readonly versionId?: string;
  /** Why it is not in the target. */
  readonly error?: { readonly code: StorageErrorCode; readonly message: string };
}

/**
 * From this size on (bytes), a file is read twice: first for its checksums, so that they can be stored with its first part;
 * and the target is asked before anything is sent. It is S3's smallest part: smaller files are one request.
 */
const LARGE = 5 * 1024 * 1024;

const GONE: CopyUpResult = {
  state: 'gone',
  error: { code: 'NotFound', message: 'it was deleted before it was copied' },
};

/**
 * Copies one file to the target, if the target has nothing under its key: a conditional create with exactly the source's
 * bytes, so that it can't overwrite whatever an application puts there meanwhile. A file that changes while it is read
 * becomes a retryable `Conflict`, and nothing of it is seen.
 */
export async function copyUp(file: FileRecord, options: CopyUpOptions): Promise<CopyUpResult> {
  const { source, target, signal } = options;
  const { key } = file;
  const large = file.size >= LARGE;
  try {
    const known = large ? await digestOf(source, key, signal, options.onHash) : undefined;
    const asked = large || file.targetEtag !== undefined;
    if (asked && (await target.exists(key, { signal }))) {
      return await compareWithTarget(key, options, known?.checksums);
    }
    if (large && target.multipart !== undefined) await options.onUpload();
    const condition = known && ({ type: 'match', etag: known.etag } as const);
    const opened = await source.download(key, { signal, condition });
    return await create(opened, options, known?.checksums);
  } catch (error) {
    if (isStorageError(error) && error.provider === source.name) {
      if (error.code === 'NotFound') return GONE;
      if (error.code === 'PreconditionFailed') throw changedMeanwhile(key, error);
    }
    throw error;
  }
}

async function create(
  { metadata, body }: Download,
  options: CopyUpOptions,
  checksums: Checksums | undefined,
): Promise<CopyUpResult> {
  const { source, target, signal, onUpload, onProgress } = options;
  const { key, etag } = metadata;
  const confirmed = heldBack(body, async () => {
    const now = await source.stat(key, { signal });
    if (now.etag !== etag) throw changedMeanwhile(key);
  });
  try {
    const stored = await target.upload(key, confirmed, {
      ...carriedOptions(metadata),
      ...(checksums === undefined ? {} : { checksums }),
      condition: { type: 'absent' },
      signal,
      onProgress,
      onMultipartUpload: onUpload,
    });
    return { state: 'copied', ...identityOf(stored) };
  } catch (error) {
    if (!isStorageError(error, 'AlreadyExists')) throw error;
    return compareWithTarget(key, options, checksums);
  }
}

/**
 * The target has something under this key: the same content (perhaps from a request whose answer was lost), or
 * another, which is left alone.
 */
async function compareWithTarget(
  key: Key,
  { source, target, signal }: CopyUpOptions,
  known: Checksums | undefined,
): Promise<CopyUpResult> {
  const ours = known ?? (await digestOf(source, key, signal)).checksums;
  const held = await target.stat(key, { signal }).catch((error: unknown) => {
    if (!isStorageError(error, 'NotFound')) throw error;
    throw new StorageError('Conflict', `${key} came and went in the target`, { cause: error });
  });
  // What vouches for the bytes is a checksum that the server keeps of them; without one they are read.
  const theirs = held.checksums.crc32
    ? held.checksums
    : (await digestOf(target, key, signal)).checksums;
  if (differingChecksums(ours, theirs).length === 0) {
    return { state: 'present', ...identityOf(held), checksums: ours };
  }
  const message = `the target holds another content of ${held.size} bytes under this key, which was left as it is`;
  return { state: 'conflict', error: { code: 'AlreadyExists', message } };
}

function identityOf({ checksums, etag, versionId }: FileMetadata) {
  return { checksums, targetEtag: etag, ...(versionId === undefined ? {} : { versionId }) };
}

function changedMeanwhile(key: Key, cause?: unknown): StorageError {
  return new StorageError('Conflict', `${key} changed while it was being read`, { cause });
}
