import type { FileMetadata, StorageProvider } from '@org/storage-core';
import type { HttpRequest } from '../message.js';
import type { FileDescription } from '../upload/upload-options.js';

/** What a client says that it is going to upload. Its bytes are not known yet. */
export interface ProposedFile {
  /** See `safeFilename`. */
  readonly filename: string;
  /** The type that is bound: the store serves the file under it, whatever its bytes are. */
  readonly contentType: string;
  /** Bytes; `undefined` where the client has not said it. */
  readonly size: number | undefined;
  /** What else the client says. */
  readonly metadata: ReadonlyMap<string, string>;
  /** Who asks, as `authorize` has it. */
  readonly user: string;
}

export interface TicketHandlerOptions {
  /** One that gives out tickets, such as an `S3StorageProvider`. */
  readonly storage: StorageProvider;
  /** Where the file goes: one that was never used before, and is not to be guessed. */
  readonly key: (file: ProposedFile) => string | Promise<string>;
  /**
   * Who asks, by any name that is theirs alone: what one has begun, no other can go on with. Refuses by throwing a `StorageError`, such
   * as `AccessDenied`.
   */
  readonly authorize: (request: HttpRequest) => string | Promise<string>;
  /** Signs the ids of uploads: at least 32 bytes, from a source of randomness, the same on all servers. */
  readonly secret: string;
  /** Bytes of one file. */
  readonly maxSize: number;
  /** As of `receiveUploads`, of what the client says. Default: all. */
  readonly types?: readonly string[] | undefined;
  /**
   * How a file goes that is sent in one request. `post` (default) binds a range of sizes; `put` is for servers that take no forms, such as
   * R2, creates and never replaces, and needs the `size` in the metadata.
   */
  readonly single?: 'post' | 'put' | undefined;
  /** Seconds that a signed URL is good for, 1 to 604,800. Default 900. */
  readonly expiresIn?: number | undefined;
  /** Seconds in which an upload in parts is to be completed. Default: a day. */
  readonly lifetime?: number | undefined;
  /** Bytes of a part, by the size of the file, as the client's `getChunkSize`. Default: Uppy's. */
  readonly partSize?: ((size: number) => number) | undefined;
  /** What is stored with the file. */
  readonly describe?: ((file: ProposedFile) => Omit<FileDescription, 'checksums'>) | undefined;
  /**
   * Called when an upload in parts has become a file, and awaited before the client is told; at least once. Of a file that went in one
   * request, nobody is told.
   */
  readonly completed?: ((upload: CompletedUpload) => void | Promise<void>) | undefined;
  /** The URL that the client is told the file has. Default: its key, with a slash before it. */
  readonly location?: ((metadata: FileMetadata) => string) | undefined;
}

export interface CompletedUpload {
  readonly user: string;
  readonly metadata: FileMetadata;
}
