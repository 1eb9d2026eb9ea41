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
import { copiedFrom, goesBy, look, originDisk, originOf } from '@org/storage-hybrid';
import type { FileRecord, FileState, UnfinishedUpload } from '../journal/file-record.js';
import { digestOf } from '../verify/content-digest.js';
import type { Adopt } from './adopt.js';
import type { CopySource } from './slowed-source.js';
import { heldBack } from './unchanged.js';
import { continued, resumes } from './unfinished-uploads.js';

export interface CopyUpOptions {
  readonly source: CopySource;
  readonly target: StorageProvider;
  /**
   * Whether an application works on both stores through a `HybridStorageProvider`, in the stage `settled`: then the target has
   * the say over what differs, and a file that is nowhere is lost. Otherwise nobody may write to the target. Default `false`.
   */
  readonly live?: boolean | undefined;
  /**
   * The name of the disk that the source is, where not all hosts see it. Its copies remember it: of two disks with a file under the
   * same key, the one that comes second must not take the other’s copy for its own, nor for what the application has written.
   */
  readonly disk?: string | undefined;
  /** Asked before the source is read: the content may be at hand. */
  readonly adopt?: Adopt | undefined;
  /** Awaited before anything becomes visible: rejects if this process may no longer act. */
  readonly mayCommit?: (() => Promise<void>) | undefined;
  readonly signal?: AbortSignal | undefined;
  /**
   * Bytes from which on a file is read twice, first for its checksums, so that they can be stored with its first part; and the
   * target is asked before anything is sent. Not more than the target sends in one request. Default 5 MiB.
   */
  readonly largeFrom?: number | undefined;
  /** An upload in parts that was begun before: its parts are used if they are of the same content, else removed. */
  readonly unfinished?: UnfinishedUpload | undefined;
  /**
   * Awaited before a multipart upload may begin, and again with its id before its first part is sent, and the ETag of the source's
   * file.
   */
  readonly onUpload: (uploadId?: string, sourceEtag?: ETag) => Promise<void>;
  /** Bytes that were read ahead for the checksums so far. */
  readonly onHash: (bytes: number) => void;
  /** Bytes that the target has taken so far. */
  readonly onProgress: (bytes: number) => void;
}

export interface CopyUpResult {
  readonly state: Exclude<FileState, 'pending' | 'failed'>;
  /**
   * What is `present` remembers just this file of the source: it is the copy of an attempt whose answer was lost, or of a run that was
   * killed before it could write that down.
   */
  readonly own?: boolean;
  readonly checksums?: Checksums;
  readonly targetEtag?: ETag;
  readonly versionId?: string;
  /** Why it is not in the target. */
  readonly error?: { readonly code: StorageErrorCode; readonly message: string };
}

/** S3's smallest part: smaller files are one request. */
const LARGE = 5 * 1024 * 1024;

const GONE: CopyUpResult = {
  state: 'gone',
  error: { code: 'NotFound', message: 'it was deleted before it was copied' },
};

const LOST: CopyUpResult = {
  state: 'lost',
  error: {
    code: 'NotFound',
    message: 'neither store has it, and nothing says that the application deleted it',
  },
};

/**
 * Copies one file to the target, if the target has nothing under its key: a conditional create with exactly the source's
 * bytes, so that it can't overwrite whatever an application puts there meanwhile, and can't bring back what it deletes. A file
 * that changes while it is read becomes a retryable `Conflict`, and nothing of it is seen.
 */
export async function copyUp(
  file: Pick<FileRecord, 'key' | 'size' | 'sourceEtag' | 'targetEtag'>,
  options: CopyUpOptions,
): Promise<CopyUpResult> {
  const { source, target, largeFrom = LARGE, unfinished, signal } = options;
  const { key } = file;
  const large = file.size >= largeFrom;
  try {
    const adopted = options.adopt && (await adoptUp(key, options.adopt, options));
    if (adopted !== undefined) return adopted;
    const known = large ? await digestOf(source, key, signal, options.onHash) : undefined;
    const asked = large || file.targetEtag !== undefined;
    if (asked && (await target.exists(key, { signal }))) {
      return await compareWithTarget(key, file.sourceEtag, options, known?.checksums);
    }
    const uploadId = unfinished && (await continued(unfinished, known?.etag, target, signal));
    if (large && target.multipart !== undefined && uploadId === undefined) await options.onUpload();
    const condition = known && ({ type: 'match', etag: known.etag } as const);
    const opened = await source.download(key, { signal, condition });
    return await create(opened, options, known?.checksums, uploadId);
  } catch (error) {
    if (isStorageError(error) && error.provider === source.name) {
      if (error.code === 'NotFound') return await whereGone(key, options);
      if (error.code === 'PreconditionFailed') throw changedMeanwhile(key, error);
    }
    throw error;
  }
}

/** As {@link create}, with bytes that are at hand. `undefined` if they are not. */
async function adoptUp(
  key: Key,
  adopt: Adopt,
  options: CopyUpOptions,
): Promise<CopyUpResult | undefined> {
  const { source, signal } = options;
  const file = await source.stat(key, { signal });
  const { contentType, cacheControl, contentDisposition } = file;
  try {
    const stored = await adopt(file, {
      ...{ contentType, cacheControl, contentDisposition, signal },
      metadata: remembered(file, options),
      confirm: () => confirm(file, options),
    });
    return stored && { state: 'copied', ...identityOf(stored) };
  } catch (error) {
    if (!isStorageError(error, 'AlreadyExists')) throw error;
    return compareWithTarget(key, file.etag, options, undefined);
  }
}

async function create(
  { metadata, body }: Download,
  options: CopyUpOptions,
  checksums: Checksums | undefined,
  uploadId: string | undefined,
): Promise<CopyUpResult> {
  const { target, signal, onUpload, onProgress } = options;
  const { key, etag } = metadata;
  const confirmed = heldBack(body, () => confirm(metadata, options));
  try {
    const stored = await target.upload(key, confirmed, {
      ...carriedOptions(metadata),
      metadata: remembered(metadata, options),
      ...(checksums === undefined ? {} : { checksums }),
      condition: { type: 'absent' },
      signal,
      onProgress,
      onMultipartUpload: (id) => onUpload(id, etag),
      ...(resumes(target) ? { uploadId, keepParts: true } : {}),
    });
    return { state: 'copied', ...identityOf(stored) };
  } catch (error) {
    if (!isStorageError(error, 'AlreadyExists')) throw error;
    return compareWithTarget(key, etag, options, checksums);
  }
}

/** Rejects if the source has another file by now, or this process may no longer act. */
async function confirm(
  { key, etag }: FileMetadata,
  { source, signal, mayCommit }: CopyUpOptions,
): Promise<void> {
  const now = await source.stat(key, { signal });
  if (now.etag !== etag) throw changedMeanwhile(key);
  await mayCommit?.();
}

/** The metadata of the copy. */
function remembered(file: FileMetadata, { live = false, disk }: CopyUpOptions) {
  return live || disk !== undefined ? originOf(file, disk) : file.metadata;
}

/**
 * The target has something under this key: a tombstone, the same file (perhaps from a request whose answer was lost), the same
 * content, or another one, which is left alone.
 */
async function compareWithTarget(
  key: Key,
  etag: ETag,
  { source, target, signal, live = false, disk }: CopyUpOptions,
  known: Checksums | undefined,
): Promise<CopyUpResult> {
  const seen = await look(target, key, signal);
  if (seen.type === 'absent')
    throw new StorageError('Conflict', `${key} came and went in the target`);
  if (seen.type === 'tombstone') return { state: 'deleted' };
  const held = seen.file;
  const from = originDisk(held);
  // ETags of two disks may be the same for different files.
  if (from === disk && goesBy(held, etag))
    return { state: 'present', own: copiedFrom(held) === etag, ...identityOf(held) };
  const ours = known ?? (await digestOf(source, key, signal)).checksums;
  // What vouches for the bytes is a checksum that the server keeps of them; without one they are read.
  const theirs = held.checksums.crc32
    ? held.checksums
    : (await digestOf(target, key, signal)).checksums;
  if (differingChecksums(ours, theirs).length === 0) {
    return { state: 'present', ...identityOf(held), checksums: ours };
  }
  if (from !== disk && copiedFrom(held) !== undefined) {
    const [there, here] = [diskName(from), diskName(disk)];
    return conflict(
      `${there} has another file under this key, which the target holds; the one of ${here} was left as it is`,
    );
  }
  if (!live) {
    return conflict(
      `the target holds another content of ${held.size} bytes under this key, which was left as it is`,
    );
  }
  if (copiedFrom(held) === undefined) return { state: 'superseded', ...identityOf(held) };
  return conflict('something has written to the source, past the application, since it was copied');
}

function diskName(disk: string | undefined): string {
  return disk === undefined ? 'a disk without a name' : `the disk ${disk}`;
}

function conflict(message: string): CopyUpResult {
  return { state: 'conflict', error: { code: 'AlreadyExists', message } };
}

/** The source does not have it any more. An application that writes to the target first has left it there, or a tombstone. */
async function whereGone(
  key: Key,
  { target, signal, live = false }: CopyUpOptions,
): Promise<CopyUpResult> {
  if (!live) return GONE;
  const seen = await look(target, key, signal);
  if (seen.type === 'absent') return LOST;
  if (seen.type === 'tombstone') return { state: 'deleted' };
  return { state: 'superseded', ...identityOf(seen.file) };
}

function identityOf({ checksums, etag, versionId }: FileMetadata) {
  return { checksums, targetEtag: etag, ...(versionId === undefined ? {} : { versionId }) };
}

function changedMeanwhile(key: Key, cause?: unknown): StorageError {
  return new StorageError('Conflict', `${key} changed while it was being read`, { cause });
}
