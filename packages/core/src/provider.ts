import type { Readable } from 'node:stream';
import type { Body } from './body.js';
import type { Capabilities } from './capabilities.js';
import type { Checksums } from './checksum.js';
import type { StorageError } from './error.js';
import type { FileTags } from './file-tags.js';
import type { FileVersions } from './file-versions.js';
import type { Key } from './key.js';
import type { ListEntry, ListOptions } from './list-entry.js';
import type { FileMetadata } from './metadata.js';
import type { MultipartUploads } from './multipart-uploads.js';
import type {
  Condition,
  MatchCondition,
  OperationOptions,
  VersionOptions,
} from './operation-options.js';
import type { ByteRange, ResolvedRange } from './range.js';
import type { DownloadUrlOptions, SignedUrl, UploadTicket, UploadTicketOptions } from './ticket.js';

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
