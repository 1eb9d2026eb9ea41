import type { Readable } from 'node:stream';
import type { FileMetadata, StorageProvider } from '@org/storage-core';
import type { FileDescription, IncomingFile } from '../upload/upload-options.js';

export interface StorageTusStoreOptions {
  readonly storage: StorageProvider;
  /**
   * Where the file of a finished upload goes: one that was never used before. `fields` are the upload's metadata, of which `filename` and
   * `filetype` (or `name` and `type`) say what the client calls it. Called once its bytes are complete.
   */
  readonly key: (file: IncomingFile, id: string) => string | Promise<string>;
  /** Where unfinished uploads are kept, in the same storage; ends with a slash. Default `.tus/`. */
  readonly prefix?: string | undefined;
  /** Milliseconds after its creation in which an upload is to be finished. Default: a day. `0`: they do not expire. */
  readonly expiration?: number | undefined;
  /**
   * Bytes that are kept as one file while an upload is unfinished: so much is sent again after a crash of the server. Default 8 MiB, which
   * a storage may hold in memory for each upload under way.
   */
  readonly segmentSize?: number | undefined;
  /** As of `receiveUploads`: content types that are taken, by the bytes. */
  readonly types?: readonly string[] | undefined;
  /** As of `receiveUploads`: sees the finished content while it is stored, and may refuse it. */
  readonly inspect?: ((content: Readable, file: IncomingFile) => void | Promise<void>) | undefined;
  /** As of `receiveUploads`: what is stored with the file. */
  readonly describe?:
    | ((file: IncomingFile) => FileDescription | Promise<FileDescription>)
    | undefined;
  /**
   * Called when the file is stored, and awaited before the client is told: where a row is written, for instance. Called at least once:
   * again, with the same, where a crash or an error came between.
   */
  readonly finished?: ((upload: FinishedTusUpload) => void | Promise<void>) | undefined;
}

export interface FinishedTusUpload {
  readonly id: string;
  readonly file: IncomingFile;
  readonly metadata: FileMetadata;
}
