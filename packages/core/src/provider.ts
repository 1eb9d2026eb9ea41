import type { Readable } from 'node:stream';
import type { Body } from './body.js';
import type { Capabilities } from './capabilities.js';
import type { Checksums } from './checksum.js';
import type { StorageError } from './error.js';
import type { ETag } from './etag.js';
import type { Key } from './key.js';
import type { FileMetadata } from './metadata.js';
import type { ByteRange, ResolvedRange } from './range.js';
import type { DownloadUrlOptions, SignedUrl, UploadTicket, UploadTicketOptions } from './ticket.js';

/** Only if there is no such file. */
export interface AbsentCondition {
  readonly type: 'absent';
}

/** Only if the file is the version that the ETag names. */
export interface MatchCondition {
  readonly type: 'match';
  readonly etag: ETag;
}

export type Condition = AbsentCondition | MatchCondition;

export interface OperationOptions {
  /** Ends the operation with `Aborted`, or `Timeout` for `AbortSignal.timeout()`. */
  readonly signal?: AbortSignal | undefined;
}

export interface UploadOptions extends OperationOptions {
  /** Without one, the file is created or replaced. */
  readonly condition?: Condition | undefined;
  /**
   * Length of the body in bytes. Needed only for streams, where it fits the parts and is checked: a body that ends
   * early or late is refused with `ChecksumMismatch`.
   */
  readonly contentLength?: number | undefined;
  /** Default: what the key's extension stands for, else `application/octet-stream`. */
  readonly contentType?: string | undefined;
  readonly cacheControl?: string | undefined;
  readonly contentDisposition?: string | undefined;
  /** See `checkMetadata` for what is allowed. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
  /** What the content must be; other bytes are refused with `ChecksumMismatch`, and nothing is stored. */
  readonly checksums?: Checksums | undefined;
  /** Called with the number of bytes that the store has taken so far, in ascending order. */
  readonly onProgress?: ((bytes: number) => void) | undefined;
  /**
   * Called with the id of a multipart upload, and awaited, before its first part is sent: who writes the id down can
   * abort the upload after a crash. Not called when the upload is a single request.
   */
  readonly onMultipartUpload?: ((uploadId: string) => void | Promise<void>) | undefined;
  /**
   * Continues a multipart upload that an earlier call began and left, with the same content from its first byte on: parts
   * that the store has already are compared by size and checksum, and not sent again. An upload that is no longer there,
   * or whose first part is of another content, is begun anew, and `onMultipartUpload` is told. Where only a later part
   * differs, bytes of a stream are gone by then: the upload is removed and fails with a retryable `Conflict`. Implies
   * `keepParts`.
   */
  readonly uploadId?: string | undefined;
  /**
   * Whether an upload that fails leaves the parts that were sent, for {@link uploadId} to continue. Parts cost money until
   * they are completed, aborted or swept. Default `false`: a failed upload leaves nothing.
   */
  readonly keepParts?: boolean | undefined;
}

/** One version of a file, in a store that keeps more than the current one. */
export interface VersionOptions extends OperationOptions {
  /** Default: the current one. A version that the store does not have is `NotFound`. */
  readonly versionId?: string | undefined;
}

export interface DownloadOptions extends VersionOptions {
  readonly range?: ByteRange | undefined;
  /** Only this version of the file; another one is refused with `PreconditionFailed`. */
  readonly condition?: MatchCondition | undefined;
}

export interface Download {
  /** Of the whole file, also where a range was asked for. */
  readonly metadata: FileMetadata;
  /** To be read to its end, or destroyed. */
  readonly body: Readable;
  /** Which bytes `body` holds, where a range was asked for. */
  readonly range?: ResolvedRange;
}

export interface DeleteOptions extends OperationOptions {
  /** A file that is already gone, or is another version, is refused with `PreconditionFailed`. */
  readonly condition?: MatchCondition | undefined;
  /** Removes this version for good, and no other. Without it, a store with versions keeps the file as an older one. */
  readonly versionId?: string | undefined;
}

/** What became of each key; every key is in exactly one of the two lists. */
export interface DeleteResult {
  readonly deleted: readonly Key[];
  readonly failed: readonly { readonly key: string; readonly error: StorageError }[];
}

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

export interface CopyOptions extends OperationOptions {
  /** On the destination. */
  readonly condition?: Condition | undefined;
  /** On the source: only this version of it is copied; another one is refused with `PreconditionFailed`. */
  readonly sourceCondition?: MatchCondition | undefined;
}

export interface HealthReport {
  readonly healthy: boolean;
  /** Milliseconds that the check took. */
  readonly latency: number;
  /** Why it is not healthy. */
  readonly error?: StorageError;
}

/** A part of an unfinished upload, as the store has it. */
export interface UploadedPart {
  /** From 1 on. */
  readonly number: number;
  readonly etag: ETag;
  /** Bytes. */
  readonly size: number;
}

/** An upload that was begun in parts, and neither completed nor aborted. */
export interface MultipartUpload {
  readonly key: string;
  readonly uploadId: string;
  readonly initiated: Date;
}

/** Of a provider whose capability `multipart` is not `absent`. */
export interface MultipartUploads {
  /** Unfinished uploads under a prefix, ordered by key. */
  list(options?: OperationOptions & { readonly prefix?: string }): AsyncIterable<MultipartUpload>;
  /** Idempotent: an upload that is unknown or finished is no error. */
  abort(key: string, uploadId: string, options?: OperationOptions): Promise<void>;
  /**
   * The parts that an unfinished upload has, ordered by number.
   * @throws StorageError `NotFound` if there is no such upload.
   */
  listParts(key: string, uploadId: string, options?: OperationOptions): AsyncIterable<UploadedPart>;
  /**
   * Makes a file of the parts of an upload that was begun by a ticket ({@link StorageProvider.createUploadTicket}).
   * @throws StorageError `NotFound` if there is no such upload, `InvalidArgument` if the parts are not those that the
   * store has, and as `upload`.
   */
  complete(
    key: string,
    uploadId: string,
    parts: readonly Pick<UploadedPart, 'number' | 'etag'>[],
    options?: CompleteOptions,
  ): Promise<FileMetadata>;
  /**
   * Aborts the uploads that were begun longer ago, and tells which: what killed processes and clients that never came back
   * have left.
   */
  sweep(options: SweepOptions): Promise<SweepResult>;
}

export interface CompleteOptions extends OperationOptions {
  readonly condition?: Condition | undefined;
}

export interface SweepOptions extends OperationOptions {
  readonly prefix?: string | undefined;
  /** By the store's clock. Uploads that are still under way must be younger. */
  readonly initiatedBefore: Date;
}

/** What became of each unfinished upload that was old enough. */
export interface SweepResult {
  readonly aborted: readonly MultipartUpload[];
  readonly failed: readonly { readonly upload: MultipartUpload; readonly error: StorageError }[];
}

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

/**
 * A store of files. All providers keep these obligations, and the conformance suite of `@org/storage-testkit` has a case
 * for each:
 *
 * - Arguments are checked before anything is done. Keys are parsed (`InvalidKey`); an option that is unknown is refused
 *   with `InvalidArgument`, one that the provider can't honour with `Unsupported`. Options are never changed.
 * - Every failure is a `StorageError`, with the operation, the provider's name and the key.
 * - An operation whose signal has fired rejects with `Aborted` or `Timeout`; of an upload nothing is seen afterwards,
 *   unless it had been complete by then.
 * - Whoever hands over a body need not care for it any more; whoever gets one reads or destroys it.
 */
export interface StorageProvider extends AsyncDisposable {
  /** For messages and metrics, such as `local` or `s3`. */
  readonly name: string;
  readonly capabilities: Capabilities;
  /** Present where `capabilities.multipart` is not `absent`. */
  readonly multipart?: MultipartUploads | undefined;
  /** Present where `capabilities.versions` is not `absent`. */
  readonly versions?: FileVersions | undefined;
  /** Present where `capabilities.tags` is not `absent`. */
  readonly tags?: FileTags | undefined;

  /**
   * Stores a file. Until the promise resolves, readers see the old file or none; from then on, all see the new one, body
   * and metadata together, also after a crash of the machine. A failed or aborted upload leaves everything as it was and
   * no trace. A body that can be read only once is never sent twice.
   * @throws StorageError `AlreadyExists` or `PreconditionFailed` if the condition does not hold, `ChecksumMismatch` if
   * the body is not what was announced, `TooLarge`, `QuotaExceeded`.
   */
  upload(key: string, body: Body, options?: UploadOptions): Promise<FileMetadata>;

  /**
   * Opens a file. A missing one is an error of this call, not of the body. What is read is one version from the first
   * byte to the last, whatever happens to the key meanwhile; the body fails with `Conflict` where the store can't
   * keep that up (a file overwritten in place), and with `ChecksumMismatch` before its end if a whole file does not
   * match its stored checksum. Destroying the body frees its descriptor or socket.
   * @throws StorageError `NotFound`, `InvalidRange`, `PreconditionFailed`.
   */
  download(key: string, options?: DownloadOptions): Promise<Download>;

  /**
   * @throws StorageError `NotFound`.
   */
  stat(key: string, options?: VersionOptions): Promise<FileMetadata>;

  /** `false` only for a definite "not found"; a store that can't be asked is an error, not an absence. */
  exists(key: string, options?: OperationOptions): Promise<boolean>;

  /**
   * Removes a file. Idempotent: a file that does not exist is no error, unless a condition is given.
   * @throws StorageError `PreconditionFailed`.
   */
  delete(key: string, options?: DeleteOptions): Promise<void>;

  /**
   * Removes many files and tells the outcome of each key. Rejects only if nothing was tried.
   * @throws StorageError `InvalidArgument` for a single text in place of a list.
   */
  deleteMany(keys: Iterable<string>, options?: OperationOptions): Promise<DeleteResult>;

  /**
   * Lists files and, with a delimiter, prefixes, ordered by the UTF-8 bytes of the whole key (`compareKeys`), in memory
   * that does not grow with their number. A file that exists throughout the listing is in it exactly once; one that comes
   * or goes meanwhile may be. A listing that can't be completed throws; it never just ends.
   */
  list(options?: ListOptions): AsyncIterable<ListEntry>;

  /**
   * Makes `to` a copy of `from`: content, headers and metadata.
   * @throws StorageError `NotFound`, and as {@link upload}.
   */
  copy(from: string, to: string, options?: CopyOptions): Promise<FileMetadata>;

  /**
   * {@link copy}, then delete. Not atomic across the two keys: a crash between leaves both, never neither. Where the
   * capability `conditionalDelete` is not `absent`, a source that is written to meanwhile is not lost: it stays, and the
   * move fails with `Conflict`.
   */
  move(from: string, to: string, options?: CopyOptions): Promise<FileMetadata>;

  /** Asks the store for something cheap. Does not throw for an unhealthy store, which a closed one is, too. */
  checkHealth(options?: OperationOptions): Promise<HealthReport>;

  /**
   * A URL with which anyone can download the file for a while, without credentials. Present where
   * `capabilities.downloadUrls` is not `absent`. Whether the file exists is not looked at.
   * @throws StorageError `InvalidArgument`.
   */
  readonly createDownloadUrl?:
    | ((key: string, options?: DownloadUrlOptions) => Promise<SignedUrl>)
    | undefined;

  /**
   * What a browser or another client needs to upload one file without credentials, for a while. All that the options
   * say is bound into the signature: nothing else can be uploaded with it. Present where `capabilities.uploadTickets` is
   * not `absent`.
   * @throws StorageError `InvalidArgument`, `Unsupported` for what this store can't bind.
   */
  readonly createUploadTicket?:
    | ((key: string, options?: UploadTicketOptions) => Promise<UploadTicket>)
    | undefined;

  /**
   * What the actual store can do, tried out on a key of its own that is removed again. Absent where `capabilities` leave
   * no doubt.
   */
  readonly probe?: ((options?: OperationOptions) => Promise<Capabilities>) | undefined;

  /** Frees connections and descriptors. Later calls reject with `Unavailable`, not retryable. Idempotent. */
  close(): Promise<void>;
}
