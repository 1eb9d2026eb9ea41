import { Readable } from 'node:stream';
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';
import {
  type ByteRange,
  type Checksums,
  type Download,
  type DownloadOptions,
  type ETag,
  type ExpectedContent,
  type Key,
  parseETag,
  type ResolvedRange,
  refuseAbsent,
  resolveRange,
  StorageError,
  verifiedStream,
} from '@org/storage-core';
import { BodyRequests } from './body-requests.js';
import { type Bucket, given, versionName } from './bucket.js';
import { matchHeader } from './condition.js';
import { continuation } from './continued-body.js';
import { statusOf } from './failure.js';
import { recordedSha256, storedChecksums } from './metadata.js';
import { readInPieces } from './parallel-ranges.js';
import type { RangeSource } from './range-reader.js';
import { fileOf, statFile } from './stat.js';

/** What a body needs to know of the provider that it comes from. */
export interface BodyContext {
  /** Makes a `StorageError` of what breaks the body off. */
  readonly translate: (error: unknown) => StorageError;
  /** Fires when the connections of the provider are closed. */
  readonly closing: AbortSignal;
}

/** As a parameter of the command, it would make the SDK hash the body, too, and answer a mismatch in its own way. */
const CHECKSUM_MODE = { 'x-amz-checksum-mode': 'ENABLED' };

/** Opens a file. */
export async function downloadFile(
  bucket: Bucket,
  key: Key,
  options: DownloadOptions,
  context: BodyContext,
): Promise<Download> {
  const { range, condition, versionId, signal } = options;
  refuseAbsent(bucket.capabilities, { versions: versionId });
  if (range !== undefined && 'suffix' in range && range.suffix === 0) {
    resolveRange(range, (await statFile(bucket, key, signal, versionId)).size); // throws; servers answer `bytes=-0` differently
  }
  const answer = await bucket.requests.getObject(
    {
      ...versionName(bucket, key, versionId),
      ...(range === undefined ? {} : { Range: rangeHeader(range) }),
      ...(condition === undefined ? {} : { IfMatch: matchHeader(bucket.profile, condition.etag) }),
    },
    range === undefined ? { signal, headers: CHECKSUM_MODE } : { signal },
  );
  const first = bodyOf(answer);
  try {
    const length = given(answer.ContentLength, 'Content-Length');
    const read = (range: ResolvedRange, expected: ExpectedContent, what: string) =>
      readBody(bucket, key, answer, { first, range, expected, what }, options, context);
    if (range === undefined) {
      const checksums = storedChecksums(answer);
      const metadata = fileOf(key, answer, length, checksums);
      const whole = { start: 0, end: length - 1 };
      const expected = { size: length, checksums: deciding(checksums) };
      return { metadata, body: read(whole, expected, `the content of ${key}`) };
    }
    const { resolved, size } = contentRange(answer, length, range);
    // A checksum that comes with a range may be that of a part.
    const metadata = fileOf(key, answer, size, recordedSha256(answer));
    const expected = { size: resolved.end - resolved.start + 1 };
    return { metadata, body: read(resolved, expected, `the range of ${key}`), range: resolved };
  } catch (error) {
    first.destroy();
    throw error;
  }
}

/**
 * What a content is compared with: one checksum, the fastest that there is. The server's CRC-32 is of the bytes that it got; a
 * SHA-256 may be no more than a label. To hash for a second answer to the same question would double the cost of a download.
 */
function deciding({ crc32, crc64nvme, sha256 }: Checksums): Checksums {
  if (crc32 !== undefined) return { crc32 };
  if (sha256 !== undefined) return { sha256 };
  return crc64nvme === undefined ? {} : { crc64nvme };
}

/** What the first request has opened. */
interface OpenContent {
  readonly first: Readable;
  readonly range: ResolvedRange;
  readonly expected: ExpectedContent;
  readonly what: string;
}

/** The body that is handed out. Whatever its end, what it is read from ends with it. */
function readBody(
  bucket: Bucket,
  key: Key,
  found: GetObjectCommandOutput,
  { first, range, expected, what }: OpenContent,
  { versionId, signal }: DownloadOptions,
  { translate, closing }: BodyContext,
): Readable {
  const { downloadPartSize: size, downloadConcurrency: concurrency } = bucket;
  const requests = new BodyRequests();
  const source: RangeSource = {
    translate,
    get signal() {
      return requests.signal;
    },
    attempts: bucket.downloadAttempts,
    open: (rest) => openPinned(bucket, key, found, versionId, rest, requests.signal),
  };
  const inPieces = concurrency > 1 && range.end - range.start >= size;
  const body = inPieces
    ? verifiedStream(
        Readable.from(
          readInPieces(source, range, { size, concurrency }, { body: first, end: range.end }),
          { objectMode: false },
        ),
        expected,
        what,
        translate,
      )
    : verifiedStream(first, expected, what, translate, continuation(source, range));
  requests.endWith(body, [closing, signal]);
  return body;
}

/**
 * A further request for just the version that was found. One that was overwritten meanwhile can still be had where the
 * server keeps versions, and the credentials allow to ask for them.
 */
async function openPinned(
  bucket: Bucket,
  key: Key,
  found: GetObjectCommandOutput,
  versionId: string | undefined,
  range: ResolvedRange,
  signal: AbortSignal,
): Promise<Readable> {
  const etag = parseETag(given(found.ETag, 'ETag'));
  const get = (version: string | undefined) => openRange(bucket, key, etag, version, range, signal);
  try {
    return await get(versionId);
  } catch (error) {
    if (!isOtherVersion(error)) throw error;
    if (versionId === undefined && found.VersionId !== undefined) {
      const kept = await get(found.VersionId).catch(() => undefined);
      if (kept !== undefined) return kept;
    }
    throw new StorageError('Conflict', `${key} was overwritten or deleted while it was read`);
  }
}

async function openRange(
  bucket: Bucket,
  key: Key,
  etag: ETag,
  versionId: string | undefined,
  range: ResolvedRange,
  signal: AbortSignal,
): Promise<Readable> {
  const answer = await bucket.requests.getObject(
    {
      ...versionName(bucket, key, versionId),
      Range: rangeHeader(range),
      IfMatch: matchHeader(bucket.profile, etag),
    },
    { signal },
  );
  const body = bodyOf(answer);
  try {
    const length = given(answer.ContentLength, 'Content-Length');
    contentRange(answer, length, range);
    if (parseETag(given(answer.ETag, 'ETag')) !== etag) throw otherBytes();
    return body;
  } catch (error) {
    body.destroy();
    throw error;
  }
}

function isOtherVersion(error: unknown): boolean {
  const status = statusOf(error);
  return status === 412 || status === 404;
}

function rangeHeader(range: ByteRange): string {
  return 'suffix' in range ? `bytes=-${range.suffix}` : `bytes=${range.start}-${range.end ?? ''}`;
}

function bodyOf(answer: GetObjectCommandOutput): Readable {
  const { Body } = answer;
  if (Body instanceof Readable) return Body;
  throw new StorageError('Unknown', 'the answer’s body is not a stream of Node');
}

/** RFC 9110, section 14.4. */
function contentRange(
  answer: GetObjectCommandOutput,
  length: number,
  range: ByteRange,
): { readonly resolved: ResolvedRange; readonly size: number } {
  const match = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(answer.ContentRange ?? '');
  if (match === null) {
    // A few servers answer for an empty object as if no range had been asked for.
    if (length === 0) resolveRange({ suffix: 1 }, 0);
    throw new StorageError('Unsupported', 'the server does not answer for a range of a file');
  }
  const [start, end, size] = match.slice(1).map(Number);
  const found = { start: given(start, 'range'), end: given(end, 'range') };
  const resolved = resolveRange(range, given(size, 'range'));
  if (found.start !== resolved.start || found.end !== resolved.end) throw otherBytes();
  return { resolved, size: given(size, 'range') };
}

function otherBytes(): StorageError {
  return new StorageError('Unsupported', 'the server answers with other bytes than were asked for');
}
