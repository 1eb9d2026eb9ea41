import { createHash } from 'node:crypto';
import { type BodyStore, type Segment, slice } from './body-store.js';
import { type ChecksumAlgorithm, startChecksum } from './checksum.js';
import { checkCopySourceConditions } from './conditions.js';
import { checkReadKey } from './customer-key.js';
import { invalidArgument, S3Error } from './error.js';
import { noSuchKey, noSuchVersion } from './object-version.js';
import { type OperationContext, sourceBucketOf } from './operation.js';
import type { ByteRange } from './range.js';
import type { ObjectRecord } from './records.js';
import { checkKeyAccess } from './user-access.js';
import { checkVersionId } from './version-id.js';
import { versioningOf } from './versioning.js';

/** The most that one copy takes: 5 GiB. */
const MAXIMUM_BYTES = 5 * 1024 ** 3;

export interface CopySource {
  readonly bucket: string;
  readonly object: ObjectRecord;
  /** Whether the header names a version. */
  readonly versioned: boolean;
  /** Those of the answer that tell of the source. */
  readonly headers: Readonly<Record<string, string>>;
}

/** The object that x-amz-copy-source names, if its conditions hold and its key is there. */
export function copySourceOf(context: OperationContext): CopySource {
  const { headers } = context.request;
  const source = parseCopySource(headers.get('x-amz-copy-source') ?? '');
  const { bucket: name, key, versionId } = source;
  const bucket = sourceBucketOf(context, name, key, versionId);
  const object = bucket.find(key, versionId);
  if (versionId === undefined) {
    if (object?.type !== 'object') throw noSuchKey(key, object);
  } else if (!object) {
    throw noSuchVersion(key, versionId);
  } else if (object.type === 'marker') {
    throw new S3Error(
      'InvalidRequest',
      'The source of a copy request may not specifically refer to a delete marker by version id.',
    );
  }
  checkReadKey(headers, object.encryption, 'copy-source');
  checkKeyAccess(context, object.encryption, 'kms:Decrypt');
  checkCopySourceConditions(headers, object);
  const tellsVersion = versioningOf(bucket.record) !== 'unversioned';
  return {
    bucket: name,
    object,
    versioned: versionId !== undefined,
    headers: tellsVersion ? { 'x-amz-copy-source-version-id': object.versionId } : {},
  };
}

interface NamedSource {
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string | undefined;
}

/** `[/]bucket/key[?versionId=…]`, percent-encoded. */
function parseCopySource(header: string): NamedSource {
  const invalid = (message: string) => invalidArgument(message, 'x-amz-copy-source', header);
  const [path = '', version] = header.replace(/^\//, '').split('?versionId=');
  const versionId =
    version === undefined ? undefined : checkVersionId(version, 'x-amz-copy-source');
  let decoded: string;
  try {
    decoded = decodeURIComponent(path);
  } catch {
    throw invalid('Invalid copy source encoding.');
  }
  // The slash between bucket and key may have come percent-encoded.
  const slash = decoded.indexOf('/');
  if (slash < 1 || slash === decoded.length - 1) {
    throw invalid('Invalid copy source object key');
  }
  return { bucket: decoded.slice(0, slash), key: decoded.slice(slash + 1), versionId };
}

/** Bytes of the source that a copy takes; `bytes=first-last` with both ends within the object, or all of it. */
export function copySourceRange(header: string | undefined, object: ObjectRecord): ByteRange {
  const range = header === undefined ? { start: 0, length: object.size } : parse(header, object);
  if (range.length > MAXIMUM_BYTES) {
    throw new S3Error(
      'InvalidRequest',
      `The specified copy source is larger than the maximum allowable size for a copy source: ${MAXIMUM_BYTES}`,
    );
  }
  return range;
}

function parse(header: string, object: ObjectRecord): ByteRange {
  const match = /^bytes=(\d+)-(\d+)$/.exec(header);
  const [start, end] = [Number(match?.[1]), Number(match?.[2])];
  if (!match || end < start) {
    throw invalidArgument(
      'The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy',
      'x-amz-copy-source-range',
      header,
    );
  }
  if (start >= object.size) {
    throw new S3Error(
      'InvalidRequest',
      'The specified copy range is invalid for the source object size',
    );
  }
  if (end >= object.size) {
    throw invalidArgument(
      `Range specified is not valid for source object of size: ${object.size}`,
      'x-amz-copy-source-range',
      header,
    );
  }
  return { start, length: end - start + 1 };
}

export interface CopiedContent {
  readonly segments: readonly Segment[];
  /** Hexadecimal. */
  readonly md5: string;
  /** Base64, of the algorithm asked for. */
  readonly checksum: string;
}

/** Shares the bytes with their source, hashes them, and hands them to `commit`, which takes them over or throws. */
export async function copyContent<Result>(
  bodies: BodyStore,
  source: ObjectRecord,
  { start, length }: ByteRange,
  algorithm: ChecksumAlgorithm,
  commit: (content: CopiedContent) => Result,
): Promise<Result> {
  const segments = slice(source.segments, start, length);
  bodies.retain(segments);
  try {
    const md5 = createHash('md5');
    const checksum = startChecksum(algorithm);
    for await (const chunk of bodies.read(segments, 0, length)) {
      md5.update(chunk);
      checksum.update(chunk);
    }
    const digests = { md5: md5.digest('hex'), checksum: checksum.digest().toString('base64') };
    return commit({ segments, ...digests });
  } catch (error) {
    bodies.release(segments);
    throw error;
  }
}
