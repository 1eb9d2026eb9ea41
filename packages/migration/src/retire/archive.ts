import type { ETag, FileMetadata, Key, MatchCondition, OperationOptions } from '@org/storage-core';

/** A file of the source that was put aside. */
export interface ArchivedFile {
  readonly id: string;
  /** As it was. */
  readonly file: { readonly etag: ETag };
}

/** Where files of the source are put aside, to be had back: `trash` of a `LocalStorageProvider`. */
export interface Archive {
  /**
   * Moves a file there, in one step.
   * @throws StorageError `NotFound`, `PreconditionFailed`.
   */
  put(
    key: string,
    options: OperationOptions & { readonly condition?: MatchCondition | undefined },
  ): Promise<ArchivedFile>;
  /**
   * Makes it a file of the source again. Never replaces one.
   * @throws StorageError `NotFound`, `AlreadyExists`.
   */
  restore(archived: Pick<ArchivedFile, 'id'>, options?: OperationOptions): Promise<FileMetadata>;
}

/** What an archive tells of a file that is in it. */
export interface ArchiveEntry extends ArchivedFile {
  readonly trashedAt: Date;
  readonly file: Pick<FileMetadata, 'etag' | 'size' | 'checksums'> & { readonly key: Key };
}

/** One that can tell what is in it: so a file is found again whose process was killed before it could write that down. */
export interface ListedArchive extends Archive {
  list(options?: OperationOptions): AsyncIterable<ArchiveEntry>;
}
