import {
  type Body,
  bytesOf,
  type Checksums,
  compareChecksums,
  contentTypeOf,
  type FileMetadata,
  type Key,
  lengthOf,
  refuseAbsent,
  StorageError,
  type UploadOptions,
} from '@org/storage-core';
import { type Bucket, objectName } from './bucket.js';
import { checkCondition, precondition, refuseUnknownCondition } from './condition.js';
import { checkSize } from './content.js';
import { objectHeaders, recordSha256 } from './metadata.js';
import { uploadInParts } from './multipart.js';
import { abortUpload } from './multipart-requests.js';
import { MAX_OBJECT_SIZE, MAX_SINGLE_SIZE } from './part-size.js';
import { putBytes, putStream, type Stored, type Target } from './put.js';
import { checksumsOf } from './sent-checksum.js';
import { Source } from './source.js';
import { statFile } from './stat.js';

type Sent = Stored & {
  readonly size: number;
  readonly checksums: Checksums;
  readonly resumed?: boolean;
};

/** Stores a file: by one request if it is small enough to be kept in memory, else in parts. */
export async function uploadFile(
  bucket: Bucket,
  key: Key,
  body: Body,
  options: UploadOptions,
): Promise<FileMetadata> {
  refuseUnsupported(bucket, options);
  const described = { ...options, contentType: options.contentType ?? contentTypeOf(key) };
  const target: Target = {
    name: objectName(bucket, key),
    headers: objectHeaders(described),
    precondition: precondition(bucket, options.condition),
    signal: options.signal,
  };
  const what = `the body of ${key}`;
  const size = lengthOf(body);
  if (size !== undefined) checkSize(options.contentLength, size, what);
  const announced = options.contentLength ?? size;
  if (announced !== undefined && announced > MAX_OBJECT_SIZE) {
    throw new StorageError(
      'TooLarge',
      `${what} has ${announced} bytes; S3 stores ${MAX_OBJECT_SIZE} as one object`,
    );
  }
  const bytes = bytesOf(body);
  const sent =
    bytes === undefined
      ? await sendStream(bucket, target, body, { ...options, contentLength: announced }, what)
      : await sendBytes(bucket, target, bytes, options, what);
  const { uploadId } = options;
  if (sent.resumed) return resumedFile(bucket, key, described, sent);
  if (uploadId !== undefined) await abortUpload(bucket, target.name, uploadId).catch(() => {});
  return fileOf(bucket, key, described, sent);
}

/**
 * A file whose upload was continued has the headers and the metadata that it was begun with, a recorded SHA-256 among them.
 * @throws StorageError `ChecksumMismatch` if that is of another content.
 */
async function resumedFile(
  bucket: Bucket,
  key: Key,
  described: UploadOptions & { readonly contentType: string },
  sent: Sent,
): Promise<FileMetadata> {
  const file = await statFile(bucket, key, described.signal, sent.versionId);
  if (file.etag !== sent.etag) return fileOf(bucket, key, described, sent); // overwritten since
  compareChecksums(
    file.checksums,
    sent.checksums,
    `${key} was uploaded as the continuation of an upload of another content, and has to be uploaded once more`,
  );
  return { ...file, checksums: { ...file.checksums, ...sent.checksums } };
}

async function sendBytes(
  bucket: Bucket,
  target: Target,
  bytes: Uint8Array,
  options: UploadOptions,
  what: string,
): Promise<Sent> {
  const size = bytes.byteLength;
  const checksums = checksumsOf(bucket, bytes, options.checksums);
  compareChecksums(options.checksums ?? {}, checksums, what);
  const known = { ...target, headers: recordSha256(target.headers, checksums.sha256) };
  const inParts = size > bucket.multipartThreshold;
  if (!inParts || (mustBeSingle(bucket, options) && size <= MAX_SINGLE_SIZE)) {
    const stored = await putBytes(bucket, known, bytes, checksums);
    options.onProgress?.(size);
    return { ...stored, size, checksums };
  }
  if (mustBeSingle(bucket, options)) throw tooLargeForOne(what);
  await checkCondition(bucket, target.name, options.condition, options.signal);
  const { crc32 } = checksums; // the SHA-256 is known: it need not be computed again
  const callbacks = { stop: () => {}, ...callbacksOf(options) };
  const expected = { size, checksums: { crc32 } };
  const sent = await uploadInParts(bucket, known, bytes, expected, what, options, callbacks);
  return { ...sent, checksums };
}

async function sendStream(
  bucket: Bucket,
  target: Target,
  body: Body,
  options: UploadOptions,
  what: string,
): Promise<Sent> {
  const { signal, contentLength } = options;
  const threshold = bucket.multipartThreshold;
  const source = new Source(body);
  const abort = () => source.stop(new Error('aborted'));
  signal?.addEventListener('abort', abort, { once: true });
  try {
    if (contentLength !== undefined && contentLength > threshold) {
      return await sendLarge(bucket, target, source, options, what);
    }
    const bytes = await source.whole(contentLength ?? threshold);
    checkSize(contentLength, bytes?.byteLength ?? Number.POSITIVE_INFINITY, what);
    return bytes === undefined
      ? await sendLarge(bucket, target, source, options, what)
      : await sendBytes(bucket, target, bytes, options, what);
  } catch (error) {
    source.stop(error instanceof Error ? error : new Error(String(error)));
    throw error;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

async function sendLarge(
  bucket: Bucket,
  target: Target,
  source: Source,
  options: UploadOptions,
  what: string,
): Promise<Sent> {
  const { contentLength: size, checksums } = options;
  const known = { ...target, headers: recordSha256(target.headers, checksums?.sha256) };
  const callbacks = { stop: (reason: Error) => source.stop(reason), ...callbacksOf(options) };
  const { condition, signal } = options;
  // A create that can't be atomic is refused, whatever is there.
  if (condition?.type === 'match' || !mustBeSingle(bucket, options)) {
    await checkCondition(bucket, target.name, condition, signal);
  }
  if (!mustBeSingle(bucket, options)) {
    const expected = { size, checksums };
    const sent = await uploadInParts(bucket, known, source, expected, what, options, callbacks);
    return { ...sent, checksums: { ...checksums, ...sent.checksums } };
  }
  const { crc32, sha256 } = checksums ?? {};
  if (size === undefined || crc32 === undefined || sha256 === undefined) throw tooLargeForOne(what);
  if (size > MAX_SINGLE_SIZE) throw tooLargeForOne(what);
  const expected = { size, checksums: { ...checksums, crc32, sha256 } };
  const stored = await putStream(bucket, known, source, expected, what, callbacks);
  return { ...stored, size, checksums: expected.checksums };
}

function callbacksOf(options: UploadOptions) {
  return {
    sent: (bytes: number) => options.onProgress?.(bytes),
    created: (uploadId: string) => options.onMultipartUpload?.(uploadId),
  };
}

function refuseUnsupported(bucket: Bucket, options: UploadOptions): void {
  const { uploadId, keepParts, tags } = options;
  refuseAbsent(bucket.capabilities, { tags, resumableUpload: uploadId ?? keepParts });
  refuseUnknownCondition(bucket, options.condition);
}

/** Whether a large file has to go as one request, since a condition would be ignored at the end of several. */
function mustBeSingle(bucket: Bucket, options: UploadOptions): boolean {
  const { conditionalCreateInParts } = bucket.capabilities;
  return options.condition !== undefined && conditionalCreateInParts === 'absent';
}

function tooLargeForOne(what: string): StorageError {
  return new StorageError(
    'Unsupported',
    `${what} is too large: the server knows conditions only on uploads of one request, which take up to ${MAX_SINGLE_SIZE} bytes, and a stream only with contentLength and the checksums crc32 and sha256`,
  );
}

function fileOf(
  bucket: Bucket,
  key: Key,
  options: UploadOptions & { readonly contentType: string },
  sent: Sent,
): FileMetadata {
  const { contentType, cacheControl, contentDisposition, metadata } = options;
  const { storageClass } = bucket;
  return {
    key,
    size: sent.size,
    etag: sent.etag,
    contentType,
    lastModified: sent.date,
    checksums: sent.checksums,
    ...(cacheControl === undefined ? {} : { cacheControl }),
    ...(contentDisposition === undefined ? {} : { contentDisposition }),
    metadata: { ...metadata },
    ...(sent.versionId === undefined ? {} : { versionId: sent.versionId }),
    ...(storageClass === undefined ? {} : { storageClass }),
  };
}
