import { type ChecksumAlgorithm, type Checksums, StorageError } from '@org/storage-core';
import type { Bucket, ObjectName } from './bucket.js';
import { base64Of, type ObjectHeaders } from './metadata.js';
import { settingHeaders } from './object-settings.js';

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

/** The checksum that the server is to verify; `undefined` if none was given. */
export function bindingChecksum(
  checksums: Checksums | undefined,
): { readonly algorithm: string; readonly header: string; readonly value: string } | undefined {
  for (const algorithm of STRONGEST_FIRST) {
    const hex = checksums?.[algorithm];
    if (hex === undefined) continue;
    return {
      algorithm: algorithm.toUpperCase(),
      header: `x-amz-checksum-${algorithm}`,
      value: base64Of(hex),
    };
  }
  return undefined;
}

export function cannotBind(what: string, instead: string): StorageError {
  return new StorageError(
    'Unsupported',
    `the server is not known to hold an upload to ${what}; ${instead}`,
  );
}
