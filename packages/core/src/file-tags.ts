import type { VersionOptions } from './operation-options.js';

/** Of a provider whose capability `tags` is not `absent`. */
export interface FileTags {
  /**
   * The tags of a file; `{}` if it has none.
   * @throws StorageError `NotFound`.
   */
  get(key: string, options?: VersionOptions): Promise<Readonly<Record<string, string>>>;
  /**
   * Replaces all tags of a file. Its content, metadata and ETag stay.
   * @throws StorageError `NotFound`, `InvalidArgument`.
   */
  set(key: string, tags: Readonly<Record<string, string>>, options?: VersionOptions): Promise<void>;
}
