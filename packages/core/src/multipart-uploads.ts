import type { StorageError } from './error.js';
import type { ETag } from './etag.js';
import type { FileMetadata } from './metadata.js';
import type { Condition, OperationOptions } from './operation-options.js';

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
   * Makes a file of the parts of an upload that was begun by a ticket (`createUploadTicket`).
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
