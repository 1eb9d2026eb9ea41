import { type ChecksumAlgorithm, type Checksums, StorageError } from '@org/storage-core';
import type { Bucket, ObjectName } from './bucket.js';
import { base64Of, type ObjectHeaders } from './metadata.js';
import { settingHeaders } from './object-settings.js';
import { PAYLOAD_HASH } from './presign.js';
import { S3_ALGORITHMS } from './sent-checksum.js';

/** The object that a ticket is for. */
export interface TicketFile {
  readonly name: ObjectName;
  readonly headers: ObjectHeaders;
}

/** What is stored with the object, but for its tags, under the names that headers and the fields of a form share. */
export function describingHeaders(
  bucket: Bucket,
  { ContentType, CacheControl, ContentDisposition, Metadata }: ObjectHeaders,
): Record<string, string> {
  const { storageClass } = bucket;
  const metadata = Object.entries(Metadata).map(([name, value]) => [`x-amz-meta-${name}`, value]);
  return {
    'content-type': ContentType,
    ...(CacheControl === undefined ? {} : { 'cache-control': CacheControl }),
    ...(ContentDisposition === undefined ? {} : { 'content-disposition': ContentDisposition }),
    ...Object.fromEntries(metadata),
    ...(storageClass === undefined ? {} : { 'x-amz-storage-class': storageClass }),
    ...settingHeaders(bucket.settings),
  };
}

/** S3 takes one checksum with a request: of several, the first of these that is known. */
const STRONGEST_FIRST = [
  'sha256',
  'crc64nvme',
  'crc32',
] as const satisfies readonly ChecksumAlgorithm[];

/** A checksum in a header, or in a field of a form. */
export interface BindingChecksum {
  readonly algorithm: ChecksumAlgorithm;
  readonly header: string;
  readonly value: string;
}

/** The strongest of the given checksums among those that the server verifies; `undefined` if there is none. */
export function bindingChecksum(
  bucket: Bucket,
  checksums: Checksums | undefined,
): BindingChecksum | undefined {
  const { verifiedChecksums } = bucket.profile;
  for (const algorithm of STRONGEST_FIRST) {
    const hex = checksums?.[algorithm];
    if (hex === undefined || !verifiedChecksums.includes(algorithm)) continue;
    return { algorithm, header: `x-amz-checksum-${algorithm}`, value: base64Of(hex) };
  }
  return undefined;
}

/**
 * What holds a signed request to the content with these checksums. A SHA-256 that the server would not look at in its own
 * header is bound as the hash of the payload, which is part of every signature.
 * @throws StorageError `Unsupported` if the server verifies none of them.
 */
export function checksumHeaders(
  bucket: Bucket,
  checksums: Checksums | undefined,
): Record<string, string> {
  if (!areGiven(checksums)) return {};
  const checksum = bindingChecksum(bucket, checksums);
  const { sha256 } = checksums ?? {};
  if (sha256 !== undefined && checksum?.algorithm !== 'sha256') return { [PAYLOAD_HASH]: sha256 };
  if (checksum === undefined) throw cannotBind('this checksum', 'give the sha256');
  return {
    [checksum.header]: checksum.value,
    'x-amz-sdk-checksum-algorithm': S3_ALGORITHMS[checksum.algorithm], // without it, Ceph 20 does not look at the other
  };
}

/** What holds the requests for parts to their contents. */
export interface BindingParts {
  /** That the upload has to be begun with; `undefined` where the signature itself covers the content. */
  readonly algorithm: ChecksumAlgorithm | undefined;
  readonly headers: readonly Readonly<Record<string, string>>[];
}

/**
 * The parts of an upload have checksums of one algorithm: the strongest that all parts have.
 * @throws StorageError as {@link checksumHeaders}, and `InvalidArgument` if they have none in common.
 */
export function bindingParts(bucket: Bucket, parts: readonly Checksums[]): BindingParts {
  const common = STRONGEST_FIRST.filter((algorithm) =>
    parts.every((checksums) => checksums[algorithm] !== undefined),
  );
  if (common.length === 0)
    throw new StorageError(
      'InvalidArgument',
      'each of partChecksums has one of the same algorithm',
    );
  const comparable = parts.map((checksums) =>
    Object.fromEntries(common.map((algorithm) => [algorithm, checksums[algorithm]])),
  );
  const headers = comparable.map((checksums) => checksumHeaders(bucket, checksums));
  const inSignature = headers.some((each) => PAYLOAD_HASH in each);
  const algorithm = inSignature ? undefined : bindingChecksum(bucket, comparable[0])?.algorithm;
  return { algorithm, headers };
}

export function areGiven(checksums: Checksums | undefined): boolean {
  return Object.values(checksums ?? {}).some((value) => value !== undefined);
}

export function cannotBind(what: string, instead: string): StorageError {
  return new StorageError(
    'Unsupported',
    `the server is not known to hold an upload to ${what}; ${instead}`,
  );
}
