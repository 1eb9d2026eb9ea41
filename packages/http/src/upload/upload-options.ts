import type { Readable } from 'node:stream';
import type { FileMetadata, StorageError, StorageProvider, UploadOptions } from '@org/storage-core';
import type { HttpRequest } from '../message.js';
import type { UploadLimits } from './upload-limits.js';

/** A file that is coming in, as far as its first bytes tell. */
export interface IncomingFile {
  /** The form's field; `''` for a file that is the whole body. */
  readonly field: string;
  /** See `safeFilename`; with an extension that fits the type. */
  readonly filename: string;
  /** Of `filename`, in lower case without its dot; `''` if it has none. */
  readonly extension: string;
  /** By its bytes. */
  readonly contentType: string;
  /** What the client calls it; of no account for anything that is decided. */
  readonly claimedType: string;
  /** Those that stand before the file in the form. */
  readonly fields: URLSearchParams;
}

export interface ReceiveUploadsOptions {
  readonly storage: StorageProvider;
  /** Where a file goes: one that was never used before, such as `${randomUUID()}.${file.extension}`. */
  readonly key: (file: IncomingFile) => string | Promise<string>;
  readonly limits?: UploadLimits | undefined;
  /**
   * Content types that are taken, such as `['image/*', 'application/pdf']`. A pattern does not stand for types that a browser runs: name
   * `image/svg+xml` or `text/html` to take them. Default: all.
   */
  readonly types?: readonly string[] | undefined;
  /** Asked before a byte of the body is read. Refuses by throwing a `StorageError`, such as `AccessDenied`. */
  readonly authorize?: ((request: HttpRequest) => void | Promise<void>) | undefined;
  /**
   * Sees the content while it is stored, such as a virus scanner. Refuses by throwing a `StorageError`: then nothing is stored. It need
   * not read all. Any other error fails the whole request.
   */
  readonly inspect?: ((content: Readable, file: IncomingFile) => void | Promise<void>) | undefined;
  /** What is stored with the file, and checksums that came in a field of the form. */
  readonly describe?:
    | ((file: IncomingFile) => FileDescription | Promise<FileDescription>)
    | undefined;
  /** Whether a file that has the key already may be replaced. Default `false`: it is rejected with `AlreadyExists`. */
  readonly overwrite?: boolean | undefined;
  /** Called as bytes come in; see `uploadProgress`. */
  readonly onProgress?: ((progress: ReceivedBytes) => void) | undefined;
}

export type FileDescription = Pick<
  UploadOptions,
  'cacheControl' | 'contentDisposition' | 'metadata' | 'tags' | 'checksums'
>;

export interface ReceivedBytes {
  /** Of the body so far. */
  readonly received: number;
  /** Of the body, where the client has announced it. */
  readonly total: number | undefined;
}

export interface StoredUpload {
  readonly key: string;
  readonly field: string;
  readonly filename: string;
  readonly metadata: FileMetadata;
}

/** Why a file was rejected: `type` is not allowed · `size` beyond the limit · `other`, as the error tells. */
export type RejectionReason = 'type' | 'size' | 'other';

export interface RejectedUpload {
  readonly field: string;
  readonly filename: string;
  readonly reason: RejectionReason;
  readonly error: StorageError;
}

export interface ReceivedUploads {
  readonly files: readonly StoredUpload[];
  /** Of the form that are no files, in their order. */
  readonly fields: URLSearchParams;
  /** Of these, nothing is stored. */
  readonly rejected: readonly RejectedUpload[];
}
