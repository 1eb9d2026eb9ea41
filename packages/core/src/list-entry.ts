import type { ETag } from './etag.js';
import type { Key } from './key.js';
import type { OperationOptions } from './operation-options.js';

export interface ListOptions extends OperationOptions {
  /** Only keys that begin with this text; not a key itself, so it may end within a segment or with `/`. */
  readonly prefix?: string | undefined;
  /** Keys that share what stands between the prefix and the next `/` are listed as one entry of type `prefix`. */
  readonly delimiter?: '/' | undefined;
  /** Only entries whose `key` or `prefix` sorts after this text: the last one seen resumes a listing. */
  readonly startAfter?: string | undefined;
  /**
   * Told of what is in the store but can't be listed, such as a symbolic link or a name that is no key, in the order of
   * the listing. Without it such things are passed over, but for a place that can't be read: that ends the listing
   * with an error, since keys may be missing.
   */
  readonly onSkip?: ((skipped: SkippedEntry) => void) | undefined;
}

export type ListEntry = ListedFile | ListedPrefix;

export interface ListedFile {
  readonly type: 'file';
  readonly key: Key;
  /** Bytes. */
  readonly size: number;
  readonly etag: ETag;
  readonly lastModified: Date;
}

export interface ListedPrefix {
  readonly type: 'prefix';
  /** Ends with the delimiter. */
  readonly prefix: string;
}

/**
 * `link` a symbolic link · `special` a socket, FIFO or device · `invalid-name` a name that is no key, such as one that
 * is not UTF-8 · `unreadable` a file or directory that can't be looked at.
 */
export type SkipReason = 'link' | 'special' | 'invalid-name' | 'unreadable';

export interface SkippedEntry {
  readonly reason: SkipReason;
  /** Where it is, relative to the root; bytes that are not UTF-8 are shown as `\xHH`. */
  readonly path: string;
  /** For people. */
  readonly detail: string;
}
