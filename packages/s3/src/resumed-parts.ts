import { createHash } from 'node:crypto';
import { throwIfAborted } from '@org/storage-core';
import type { Bucket, ObjectName } from './bucket.js';
import { isUnknownUpload, type ListedPart, listedUpload } from './listed-parts.js';
import { base64Of } from './metadata.js';
import { fittedPartSize, MAX_PARTS, MIN_PART_SIZE } from './part-size.js';
import { checksumOf, checksumType, knownChecksum, S3_ALGORITHMS } from './sent-checksum.js';

/** An unfinished upload that is to be continued. */
export interface ResumedUpload {
  readonly uploadId: string;
  /** By their numbers. */
  readonly parts: ReadonlyMap<number, ListedPart>;
  /** Whether the server computes a checksum of the whole that can be sent at the end. */
  readonly checksummed: boolean;
}

/**
 * What an unfinished upload has.
 * @returns `undefined` for one that can't be continued: it is gone, or its parts have checksums of another kind.
 */
export async function resumedUpload(
  bucket: Bucket,
  name: ObjectName,
  uploadId: string,
  signal: AbortSignal | undefined,
): Promise<ResumedUpload | undefined> {
  try {
    const { parts, algorithm } = await listedUpload(bucket, name, uploadId, signal);
    const known = checksumType(bucket) !== undefined && algorithm !== undefined;
    if (known && algorithm !== S3_ALGORITHMS[bucket.checksum]) return undefined;
    const byNumber = new Map(parts.map((part) => [part.number, part]));
    return { uploadId, parts: byNumber, checksummed: known };
  } catch (error) {
    throwIfAborted(signal);
    if (isUnknownUpload(error)) return undefined;
    throw error;
  }
}

/**
 * The size that the parts of an upload have to go on with, in bytes: that of its first part, which all but the last have,
 * as long as the content fits into 10,000 of them, and they don't take more memory than other uploads.
 */
export function resumedPartSize(
  bucket: Pick<Bucket, 'partSize' | 'concurrency'>,
  resumed: Pick<ResumedUpload, 'parts'> | undefined,
  size: number | undefined,
): number {
  const fitted = fittedPartSize(size, bucket.partSize);
  const first = resumed?.parts.get(1)?.size ?? 0;
  const least = Math.max(MIN_PART_SIZE, Math.ceil((size ?? 0) / MAX_PARTS));
  const most = Math.max(fitted, bucket.partSize * bucket.concurrency);
  return first >= least && first <= most ? first : fitted;
}

/** Whether a part holds these bytes: by its checksum, or an ETag that is an MD5; never by its size alone. */
export function compareWithPart(
  part: ListedPart,
  bytes: Uint8Array,
): 'same' | 'different' | 'unknown' {
  if (part.size !== bytes.byteLength) return 'different';
  const known = knownChecksum(part.checksums);
  if (known !== undefined) {
    const { algorithm, base64 } = known;
    return base64Of(checksumOf(algorithm, bytes)) === base64 ? 'same' : 'different';
  }
  if (!/^[0-9a-f]{32}$/.test(part.etag)) return 'unknown';
  return createHash('md5').update(bytes).digest('hex') === part.etag ? 'same' : 'different';
}
