import { parseCannedAcl } from './canned-acl.js';
import { encryptionHeaders, parseEncryption } from './encryption.js';
import { S3Error } from './error.js';
import type { BucketRecord, ObjectDescription, ObjectRecord } from './records.js';
import type { RequestHeaders, RequestQuery } from './request.js';

const STORED_HEADERS = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
  'x-amz-website-redirect-location',
] as const;

const STORAGE_CLASSES = new Set([
  'STANDARD',
  'REDUCED_REDUNDANCY',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'GLACIER',
  'GLACIER_IR',
  'DEEP_ARCHIVE',
]);

const METADATA_PREFIX = 'x-amz-meta-';
const MAXIMUM_METADATA_BYTES = 2048;
const DEFAULT_CONTENT_TYPE = 'binary/octet-stream';

/** Query parameters with which the sender of a signed GET overrides headers of the answer. */
const OVERRIDES = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
];

/** What the headers of a write say about the object, and the bucket where they say nothing. */
export function parseDescription(headers: RequestHeaders, bucket: BucketRecord): ObjectDescription {
  const stored: Record<string, string> = { 'content-type': DEFAULT_CONTENT_TYPE };
  for (const name of STORED_HEADERS) {
    const value = headers.get(name);
    const kept = name === 'content-encoding' && value ? withoutAwsChunked(value) : value;
    if (kept) stored[name] = kept;
  }
  return {
    headers: stored,
    metadata: parseMetadata(headers),
    storageClass: parseStorageClass(headers),
    encryption: parseEncryption(headers, bucket),
    acl: parseCannedAcl(headers, bucket),
  };
}

function parseStorageClass(headers: RequestHeaders): string {
  const storageClass = headers.get('x-amz-storage-class') ?? 'STANDARD';
  if (!STORAGE_CLASSES.has(storageClass)) {
    throw new S3Error('InvalidStorageClass', undefined, { StorageClassRequested: storageClass });
  }
  return storageClass;
}

function parseMetadata(headers: RequestHeaders): Record<string, string> {
  const metadata: Record<string, string> = {};
  let size = 0;
  for (const [header, value] of headers.startingWith(METADATA_PREFIX)) {
    const name = header.slice(METADATA_PREFIX.length);
    metadata[name] = value;
    size += name.length + Buffer.byteLength(value);
  }
  if (size > MAXIMUM_METADATA_BYTES) {
    throw new S3Error('MetadataTooLarge', undefined, {
      Size: size,
      MaxSizeAllowed: MAXIMUM_METADATA_BYTES,
    });
  }
  return metadata;
}

/** The coding of the transfer is no property of the object. */
function withoutAwsChunked(encoding: string): string {
  return encoding
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '' && item.toLowerCase() !== 'aws-chunked')
    .join(',');
}

/** The headers that describe an object in the answer to a request. */
export function descriptionHeaders(
  object: ObjectRecord,
  request: RequestHeaders,
): Record<string, string> {
  const headers: Record<string, string> = {
    etag: `"${object.etag}"`,
    'last-modified': new Date(object.lastModified).toUTCString(),
    'accept-ranges': 'bytes',
    ...object.headers,
    ...encryptionHeaders(object.encryption, request),
  };
  for (const [name, value] of Object.entries(object.metadata)) {
    headers[`${METADATA_PREFIX}${name}`] = printable(value);
  }
  if (object.storageClass !== 'STANDARD') headers['x-amz-storage-class'] = object.storageClass;
  if (object.tags.length > 0) headers['x-amz-tagging-count'] = String(object.tags.length);
  return headers;
}

/**
 * S3 sends metadata with other than printable ASCII characters as an encoded word of RFC 2047, having read the bytes
 * that came as Latin-1. https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html
 */
function printable(value: string): string {
  if (/^[\t\x20-\x7e]*$/.test(value)) return value;
  return `=?UTF-8?B?${Buffer.from(value, 'utf8').toString('base64')}?=`;
}

export function overriddenHeaders(query: RequestQuery): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of OVERRIDES) {
    const value = query.get(`response-${name}`);
    if (value !== undefined) headers[name] = value;
  }
  return headers;
}
