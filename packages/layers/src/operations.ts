import type {
  FileTags,
  FileVersions,
  MultipartUploads,
  OPERATIONS,
  StorageProvider,
} from '@org/storage-core';

/** What a provider has beside operations. */
type Other = 'name' | 'capabilities' | 'close' | symbol;

/** Operations that a provider keeps in groups. */
type Group = 'multipart' | 'versions' | 'tags';

/**
 * Every operation of a provider, under its name in errors and events. It follows from the contract's types: an operation that
 * is new in the contract is missing in a layer until the layer has it, and that does not compile.
 */
export type Operations = {
  readonly [K in Exclude<keyof StorageProvider, Other | Group>]-?: NonNullable<StorageProvider[K]>;
} & {
  readonly getTags: FileTags['get'];
  readonly setTags: FileTags['set'];
  readonly listVersions: FileVersions['list'];
  readonly restoreVersion: FileVersions['restore'];
  readonly listUploads: MultipartUploads['list'];
  readonly listParts: MultipartUploads['listParts'];
  readonly completeUpload: MultipartUploads['complete'];
  readonly abortUpload: MultipartUploads['abort'];
  readonly sweepUploads: MultipartUploads['sweep'];
};

export type OperationName = keyof Operations & (typeof OPERATIONS)[number];
