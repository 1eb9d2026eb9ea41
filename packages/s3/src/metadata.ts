import {
  type Checksums,
  type FileMetadata,
  LIVE_METADATA_PREFIX,
  RESERVED_METADATA_PREFIX,
  StorageError,
  type UploadOptions,
} from '@org/storage-core';
import { checkTagLimits } from './tag-limits.js';

/** Reserved metadata: the SHA-256 of the content, in hexadecimal. */
const SHA256 = 'storage-sha256';
/** Reserved metadata: a content disposition that a header can't hold as it is. */
const CONTENT_DISPOSITION = 'storage-content-disposition';

const isOwn = (name: string) =>
  name.startsWith(RESERVED_METADATA_PREFIX) && !name.startsWith(LIVE_METADATA_PREFIX);

/** Bytes, https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html */
const MAX_METADATA_BYTES = 2048;

const MARK = "UTF-8''";

/**
 * A text as a header's value. Printable ASCII stays as it is. Everything else becomes an extended value of RFC 8187,
 * such as `UTF-8''%C3%9Cbersicht`; so does what a header would not keep (empty, or with space at an end) and what looks
 * like such a value already. (The encoded words of RFC 2047 are no choice: S3 decodes them when it stores them.)
 */
export function encodeText(text: string): string {
  return isHeader(text) && !text.startsWith(MARK) ? text : MARK + percentEncode(text);
}

/** Reverses {@link encodeText}; a value that it would not have made is left alone. */
export function decodeText(value: string): string {
  if (!value.startsWith(MARK)) return value;
  try {
    const text = decodeURIComponent(value.slice(MARK.length));
    return encodeText(text) === value ? text : value;
  } catch {
    return value; // not UTF-8: somebody else's
  }
}

/** With the characters that RFC 8187 calls `attr-char` left as they are, less some that are never wrong to encode. */
function percentEncode(text: string): string {
  return encodeURIComponent(text).replace(
    /['()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** The headers of a stored object that come from an upload's options, as the SDK's parameters. */
export interface ObjectHeaders {
  readonly ContentType: string;
  readonly CacheControl?: string;
  readonly ContentDisposition?: string;
  readonly Metadata: Record<string, string>;
  readonly Tagging?: string;
}

/**
 * @throws StorageError `TooLarge` if the metadata exceed S3's 2 KB, `InvalidArgument` for a header that can't be sent, or
 * tags that S3 does not take.
 */
export function objectHeaders(
  options: UploadOptions & { readonly contentType: string },
): ObjectHeaders {
  const { contentType, cacheControl, contentDisposition, tags } = options;
  checkHeader('contentType', contentType);
  checkHeader('cacheControl', cacheControl);
  const metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(options.metadata ?? {})) {
    metadata[name] = encodeText(value);
  }
  if (contentDisposition !== undefined && !isHeader(contentDisposition)) {
    metadata[CONTENT_DISPOSITION] = encodeText(contentDisposition);
  }
  checkMetadataSize(metadata);
  return {
    ContentType: contentType,
    ...(cacheControl === undefined ? {} : { CacheControl: cacheControl }),
    ...(contentDisposition === undefined
      ? {}
      : { ContentDisposition: asciiDisposition(contentDisposition) }),
    Metadata: metadata,
    ...(tags === undefined ? {} : { Tagging: checkedTags(tags) }),
  };
}

/** Writes the content's SHA-256 down, where it is known before the upload begins. */
export function recordSha256(headers: ObjectHeaders, sha256: string | undefined): ObjectHeaders {
  if (sha256 === undefined) return headers;
  return { ...headers, Metadata: { ...headers.Metadata, [SHA256]: sha256 } };
}

function checkedTags(tags: Readonly<Record<string, string>>): string {
  checkTagLimits(tags);
  return encodeTags(tags);
}

/** As in a query string, https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html */
export function encodeTags(tags: Readonly<Record<string, string>>): string {
  return Object.entries(tags)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('&');
}

/** Room is kept for the SHA-256, so that the limit does not depend on how a file is sent. */
function checkMetadataSize(metadata: Readonly<Record<string, string>>): void {
  const own = SHA256.length + 64;
  const bytes = Object.entries(metadata).reduce((sum, [k, v]) => sum + k.length + v.length, own);
  if (bytes <= MAX_METADATA_BYTES) return;
  throw new StorageError(
    'TooLarge',
    `the metadata have ${bytes} bytes, encoded and with ours; S3 stores ${MAX_METADATA_BYTES}`,
  );
}

/**
 * @throws StorageError `InvalidArgument` for a text that a header can’t carry as it is.
 */
export function checkHeader(name: string, value: string | undefined): void {
  if (value === undefined || isHeader(value)) return;
  throw new StorageError(
    'InvalidArgument',
    `${name} is not a header’s value: ASCII characters, without spaces at its ends`,
  );
}

/** Whether a header carries the text as it is: printable ASCII that neither begins nor ends with a space. */
function isHeader(text: string): boolean {
  return /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(text);
}

/**
 * A content disposition as browsers understand it, RFC 6266: a file name beyond ASCII is given twice, as `filename` with
 * `_` for what is not ASCII and as `filename*`.
 */
export function asciiDisposition(value: string): string {
  if (isHeader(value)) return value;
  return ascii(
    value.replace(
      /;\s*filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))/gi,
      (_whole, quoted: string | undefined, token: string | undefined) => {
        const name = quoted?.replace(/\\(.)/gs, '$1') ?? token ?? '';
        const fallback = ascii(name).replace(/[\\"]/g, '\\$&');
        return `; filename="${fallback}"; filename*=${MARK}${percentEncode(name)}`;
      },
    ),
  ).trim();
}

function ascii(text: string): string {
  return text.replace(/[^\x20-\x7e]/gu, '_');
}

/** What HeadObject and GetObject tell of an object. */
export interface StoredHeaders {
  readonly ContentDisposition?: string | undefined;
  readonly Metadata?: Readonly<Record<string, string>> | undefined;
  readonly ChecksumType?: string | undefined;
  readonly ChecksumCRC32?: string | undefined;
  readonly ChecksumCRC64NVME?: string | undefined;
  readonly ChecksumSHA256?: string | undefined;
}

/** The application's metadata of a stored object. */
export function decodeMetadata(stored: StoredHeaders): Pick<FileMetadata, 'metadata'> & {
  readonly contentDisposition?: string;
} {
  const metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(stored.Metadata ?? {})) {
    if (!isOwn(name)) metadata[name] = decodeText(value);
  }
  const kept = stored.Metadata?.[CONTENT_DISPOSITION];
  const contentDisposition = kept === undefined ? stored.ContentDisposition : decodeText(kept);
  return { metadata, ...(contentDisposition === undefined ? {} : { contentDisposition }) };
}

/** The SHA-256 that an upload of ours wrote down. */
export function recordedSha256(stored: StoredHeaders): Pick<Checksums, 'sha256'> {
  const sha256 = stored.Metadata?.[SHA256];
  return sha256 !== undefined && /^[0-9a-f]{64}$/.test(sha256) ? { sha256 } : {};
}

/** The checksums of the whole content, the server's own and the recorded one. */
export function storedChecksums(stored: StoredHeaders): Checksums {
  const crc32 = wholeChecksum(stored, stored.ChecksumCRC32);
  const crc64nvme = wholeChecksum(stored, stored.ChecksumCRC64NVME);
  const sha256 = wholeChecksum(stored, stored.ChecksumSHA256);
  return {
    ...(crc32 === undefined ? {} : { crc32 }),
    ...(crc64nvme === undefined ? {} : { crc64nvme }),
    ...(sha256 === undefined ? recordedSha256(stored) : { sha256 }),
  };
}

/** One of type COMPOSITE is a checksum of the parts' checksums; older servers show it by the number of parts alone. */
function wholeChecksum(stored: StoredHeaders, base64: string | undefined): string | undefined {
  if (base64 === undefined || stored.ChecksumType === 'COMPOSITE' || base64.includes('-')) {
    return undefined;
  }
  return Buffer.from(base64, 'base64').toString('hex');
}

/** A checksum as S3's headers have it. */
export function base64Of(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64');
}
