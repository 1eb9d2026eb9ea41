import type { ETag } from './etag.js';
import type { Key } from './key.js';
import type { FileMetadata } from './metadata.js';
import type { OperationOptions } from './operation-options.js';

/** One version in the history of a key. */
export interface FileVersion {
  /** `deletion` marks that the file did not exist from then on until the next version. */
  readonly type: 'file' | 'deletion';
  readonly key: Key;
  readonly versionId: string;
  /** Whether it is what the key is now. */
  readonly latest: boolean;
  readonly lastModified: Date;
  /** Bytes; of a `file`. */
  readonly size?: number;
  /** Of a `file`. */
  readonly etag?: ETag;
}

/** Of a provider whose capability `versions` is not `absent`. */
export interface FileVersions {
  /** The versions of all files under a prefix, ordered by key, and for one key the newest first. */
  list(options?: OperationOptions & { readonly prefix?: string }): AsyncIterable<FileVersion>;
  /**
   * Makes an older version the current one again: by a copy, so that the versions in between stay in the history.
   * @throws StorageError `NotFound` if there is no such version, or it is a deletion.
   */
  restore(key: string, versionId: string, options?: OperationOptions): Promise<FileMetadata>;
}
