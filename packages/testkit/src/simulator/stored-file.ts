import {
  type Checksums,
  contentTypeOf,
  Digest,
  type ETag,
  type FileMetadata,
  type Key,
  type UploadOptions,
} from '@org/storage-core';

/** What stays of a file whose key is replaced or deleted while somebody reads it. */
export interface Inode {
  current: StoredFile;
}

/** A file of a simulated store as it is at one moment. */
export class StoredFile {
  readonly bytes: Buffer;
  readonly metadata: FileMetadata;
  readonly tags: Readonly<Record<string, string>>;
  readonly inode: Inode;
  #content: string | undefined;

  /** @param inode of the file whose bytes these are to replace in place. */
  constructor(
    bytes: Buffer,
    metadata: FileMetadata,
    tags: Readonly<Record<string, string>>,
    inode?: Inode,
  ) {
    this.bytes = bytes;
    this.metadata = metadata;
    this.tags = tags;
    this.inode = inode ?? { current: this };
    this.inode.current = this;
  }

  /** The bytes as text. */
  get content(): string {
    this.#content ??= this.bytes.toString();
    return this.#content;
  }
}

/** What a store adds to what was uploaded. */
export interface Stamp {
  readonly etag: ETag;
  readonly lastModified: Date;
  readonly checksums: Checksums;
}

const NONE: Readonly<Record<string, string>> = Object.freeze({});

/** The file that an upload makes. */
export function uploadedFile(
  key: Key,
  bytes: Buffer,
  options: UploadOptions,
  { etag, lastModified, checksums }: Stamp,
): StoredFile {
  const { cacheControl, contentDisposition, metadata, tags } = options;
  const described: FileMetadata = {
    key,
    size: bytes.byteLength,
    etag,
    contentType: options.contentType ?? contentTypeOf(key),
    lastModified,
    checksums,
    ...(cacheControl === undefined ? {} : { cacheControl }),
    ...(contentDisposition === undefined ? {} : { contentDisposition }),
    metadata: metadata === undefined ? NONE : { ...metadata },
  };
  return new StoredFile(bytes, described, tags === undefined ? NONE : { ...tags });
}

/** A name for a content: cyrb53, in hexadecimal. A cryptographic hash takes longer than the rest of a step. */
export function contentETag(bytes: Uint8Array): ETag {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (const byte of bytes) {
    a = Math.imul(a ^ byte, 2654435761);
    b = Math.imul(b ^ byte, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return (4294967296 * (2097151 & b) + (a >>> 0)).toString(16) as ETag; // as made up as any store's
}

/** Of contents that were seen before: the same few come again in every schedule. */
const known = new Map<string, Checksums>();
const MAX_KNOWN = 1000;
const MAX_KNOWN_BYTES = 1024;

/** The checksums of a content. */
export function checksumsOf(bytes: Uint8Array, expected: Checksums = {}): Checksums {
  const small = bytes.byteLength <= MAX_KNOWN_BYTES && expected.crc64nvme === undefined;
  if (!small) return new Digest(expected).update(bytes).checksums();
  const text = Buffer.from(bytes).toString('latin1');
  const found = known.get(text);
  if (found !== undefined) return found;
  const checksums = new Digest().update(bytes).checksums();
  if (known.size === MAX_KNOWN) known.clear();
  known.set(text, checksums);
  return checksums;
}
