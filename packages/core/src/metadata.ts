import type { Checksums } from './checksum.js';
import { StorageError } from './error.js';
import type { ETag } from './etag.js';
import type { Key } from './key.js';

/** A file without its content. */
export interface FileMetadata {
  readonly key: Key;
  /** Bytes. */
  readonly size: number;
  readonly etag: ETag;
  readonly contentType: string;
  readonly lastModified: Date;
  /** Of the whole content, as far as the store knows them. */
  readonly checksums: Checksums;
  readonly cacheControl?: string;
  readonly contentDisposition?: string;
  /** What the application stored with the file; `{}` if nothing. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly versionId?: string;
  readonly storageClass?: string;
}

/** A name of user metadata: it becomes part of an HTTP header, which knows no upper case. */
const NAME = /^[a-z0-9][a-z0-9._-]*$/;

/** Names that begin so belong to this family of packages. */
export const RESERVED_METADATA_PREFIX = 'storage-';

/**
 * Of the reserved names, those that travel with a file like an application's own: a live migration writes down where a file
 * came from. Providers store and return them; applications don't use them.
 */
export const LIVE_METADATA_PREFIX = 'storage-live-';

/**
 * The tag of what marks a deleted file in the target of a live migration: a lifecycle rule can name tags, and no content types, so that it may
 * remove those that are no longer needed.
 */
export const TOMBSTONE_TAG = { key: 'storage-tombstone', value: 'true' } as const;

/**
 * Names are lower-case letters, digits, `.`, `_` and `-`, and don't begin with `storage-` (but for
 * {@link LIVE_METADATA_PREFIX}); values are any Unicode text without control characters.
 * @throws StorageError `InvalidArgument`.
 */
export function checkMetadata(metadata: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(metadata)) {
    if (!NAME.test(name)) {
      throw new StorageError(
        'InvalidArgument',
        `${JSON.stringify(name)} is no name for metadata: lower-case letters, digits, ".", "_" and "-" are allowed`,
      );
    }
    if (name.startsWith(RESERVED_METADATA_PREFIX) && !name.startsWith(LIVE_METADATA_PREFIX)) {
      throw new StorageError('InvalidArgument', `the metadata name "${name}" is reserved`);
    }
    checkText(`the metadata "${name}"`, value);
  }
}

/**
 * @throws StorageError `InvalidArgument` if `value` can't be sent as a header's value.
 */
export function checkText(what: string, value: unknown): void {
  if (typeof value !== 'string') throw new StorageError('InvalidArgument', `${what} must be text`);
  if (/\p{Cc}|\p{Surrogate}/u.test(value)) {
    throw new StorageError(
      'InvalidArgument',
      `${what} has a control character or a lone surrogate`,
    );
  }
}
