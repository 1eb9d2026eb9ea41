import { createHash } from 'node:crypto';
import { HeadObjectCommand, type HeadObjectCommandOutput } from '@aws-sdk/client-s3';
import { isStorageError, parseETag } from '@org/storage-core';
import { type Bucket, type ObjectName, within } from './bucket.js';
import { statusOf } from './failure.js';
import { isUnknownUpload, listedUpload } from './listed-parts.js';
import { type StoredHeaders, storedChecksums } from './metadata.js';

/** What a multipart upload was to become. */
export interface CompletedUpload {
  readonly name: ObjectName;
  readonly uploadId: string;
  readonly etags: readonly string[];
  /** Bytes. */
  readonly size: number;
  /** Of the whole. */
  readonly crc32?: string | undefined;
  /** Default: those that the upload was begun with, whatever they are. */
  readonly headers?: ComparedHeaders | undefined;
}

type ComparedHeaders = StoredHeaders & {
  readonly ContentType?: string | undefined;
  readonly CacheControl?: string | undefined;
};

/**
 * Finds out whether a request to complete an upload took effect although it failed: where its answer was lost, the SDK's
 * next attempt finds no such upload any more. It did if the upload is gone, and the object is just what it was to become.
 *
 * @returns what the server tells of the object, if so.
 */
export async function completedAfterAll(
  bucket: Bucket,
  upload: CompletedUpload,
  error: unknown,
  signal: AbortSignal | undefined,
): Promise<HeadObjectCommandOutput | undefined> {
  if (!(await isGone(bucket, upload, error, signal))) return undefined;
  try {
    const head = await bucket.client.send(
      new HeadObjectCommand({ ...upload.name, ChecksumMode: 'ENABLED' }),
      within(signal),
    );
    return isThat(head, upload) ? head : undefined;
  } catch {
    return undefined; // the first error is the one to tell
  }
}

/** Servers differ in how they refuse to complete an upload that is gone: Ceph answers 500. */
async function isGone(
  bucket: Bucket,
  { name, uploadId }: CompletedUpload,
  error: unknown,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  if (isUnknownUpload(error)) return true;
  if (isRefusal(error) || signal?.aborted) return false;
  try {
    await listedUpload(bucket, name, uploadId, signal);
    return false;
  } catch (found) {
    return isUnknownUpload(found);
  }
}

function isRefusal(error: unknown): boolean {
  const status = statusOf(error) ?? 0;
  return isStorageError(error) || (status >= 400 && status < 500);
}

function isThat(head: HeadObjectCommandOutput, upload: CompletedUpload): boolean {
  const { etags, size, crc32, headers } = upload;
  const sameContent =
    parseETag(head.ETag ?? '') === etagOfParts(etags) ||
    (crc32 !== undefined && storedChecksums(head).crc32 === crc32);
  const sameHeaders = headers === undefined || canonical(headers) === canonical(head);
  return head.ContentLength === size && sameContent && sameHeaders;
}

function canonical(headers: ComparedHeaders): string {
  const { ContentType, CacheControl, ContentDisposition, Metadata } = headers;
  const metadata = Object.entries(Metadata ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([ContentType, CacheControl, ContentDisposition, metadata]);
}

/** The ETag that S3 gives to an object of parts whose ETags are MD5s: the MD5 of these, and their number. */
function etagOfParts(etags: readonly string[]): string | undefined {
  const hash = createHash('md5');
  for (const etag of etags.map(parseETag)) {
    if (!/^[0-9a-f]{32}$/.test(etag)) return undefined;
    hash.update(Buffer.from(etag, 'hex'));
  }
  return `${hash.digest('hex')}-${etags.length}`;
}
