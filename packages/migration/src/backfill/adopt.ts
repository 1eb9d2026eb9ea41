import {
  type Checksums,
  differingChecksums,
  type FileMetadata,
  isStorageError,
  type UploadOptions,
} from '@org/storage-core';
import type { FileRecord } from '../journal/file-record.js';
import type { Journal } from '../journal/journal.js';

/** How a file that is at hand becomes one of the target. */
export interface AdoptedAs
  extends Pick<
    UploadOptions,
    'contentType' | 'cacheControl' | 'contentDisposition' | 'metadata' | 'signal'
  > {
  /** Awaited before anything is seen. */
  readonly confirm: () => Promise<void>;
}

/**
 * Makes a file the target's own without moving its bytes, if the content is at hand, and the target has nothing under its key.
 * @param file of the source.
 * @returns the target's; `undefined` if it is to be copied.
 * @throws StorageError `AlreadyExists`; what `confirm` throws.
 */
export type Adopt = (file: FileMetadata, as: AdoptedAs) => Promise<FileMetadata | undefined>;

export interface AdoptFromOptions {
  /** Of the migration that has brought the files to what is the source now, and put its own aside. */
  readonly journal: Pick<Journal, 'find'>;
  /** Where it has put them: `trash` of a `LocalStorageProvider`. */
  readonly archive: {
    path(archived: { readonly id: string }): Promise<string>;
  };
  /** On the file system of the archive: a `LocalStorageProvider`. */
  readonly target: {
    adopt(
      key: string,
      path: string,
      options: AdoptedAs & { readonly checksums: Checksums },
    ): Promise<FileMetadata>;
  };
}

/**
 * On the way back to a directory: files that the migration there has put into its archive, and that are still the bucket's. A file is, if
 * the bucket tells a checksum that the journal has recorded for it, or still has the ETag of the copy that was made of it. The
 * target reads it, and compares it with what was recorded. What has changed since, or can't be linked, is copied.
 */
export function adoptFrom({ journal, archive, target }: AdoptFromOptions): Adopt {
  return async (file, as) => {
    const record = await journal.find(file.key);
    if (record?.archived === undefined || !isStill(record, file)) return undefined;
    try {
      const path = await archive.path({ id: record.archived });
      return await target.adopt(file.key, path, { ...as, checksums: record.checksums });
    } catch (error) {
      if (!isStorageError(error) || !COPIED_INSTEAD.has(error.code)) throw error;
      return undefined;
    }
  };
}

/** Not in the archive any more, on another file system, or not what it was. */
const COPIED_INSTEAD: ReadonlySet<string> = new Set([
  'NotFound',
  'Unsupported',
  'ChecksumMismatch',
  'AccessDenied',
]);

/** Whether a file of the bucket is the one that was archived. */
function isStill(
  { size, checksums, targetEtag }: Pick<FileRecord, 'size' | 'checksums' | 'targetEtag'>,
  file: FileMetadata,
): boolean {
  if (checksums.crc32 === undefined && checksums.sha256 === undefined) return false;
  if (size !== file.size || differingChecksums(checksums, file.checksums).length > 0) return false;
  return targetEtag === file.etag || ALGORITHMS.some((name) => isKnown(checksums, file, name));
}

const ALGORITHMS = ['sha256', 'crc32', 'crc64nvme'] as const;

function isKnown(
  checksums: Checksums,
  file: FileMetadata,
  name: (typeof ALGORITHMS)[number],
): boolean {
  return checksums[name] !== undefined && checksums[name] === file.checksums[name];
}
