import type { StorageProvider } from '@org/storage-core';
import type { FastifyBaseLogger } from 'fastify';
import type { UnfinishedFileRow } from '../database/schema.js';
import type { AppOptions } from '../options.js';
import { thumbnailKey } from './thumbnail-key.js';
import type { UnfinishedFiles } from './unfinished.js';

/** Takes files out of the storage, once nothing names them any more. */
export class FileRemoval {
  readonly #unfinished: UnfinishedFiles;
  readonly #storage: StorageProvider;
  readonly #options: AppOptions;
  readonly #log: FastifyBaseLogger;

  constructor(unfinished: UnfinishedFiles, options: AppOptions, log: FastifyBaseLogger) {
    this.#unfinished = unfinished;
    this.#storage = options.storage;
    this.#options = options;
    this.#log = log;
  }

  /** The file is gone as soon as its row is. An object that can't be removed now is by the next clean-up. */
  async delete(id: string): Promise<void> {
    const row = await this.#unfinished.beginDelete(id);
    await this.#tried(row);
  }

  /** For an upload that has failed, or that the client does not want any more. */
  async giveUp(id: string): Promise<void> {
    const row = await this.#unfinished.giveUp(id);
    if (row !== undefined) await this.#tried(row);
  }

  /** Of a row in the state `delete`. @throws StorageError; it may be called again then. */
  async remove({ id, key, upload_id }: UnfinishedFileRow): Promise<void> {
    if (upload_id !== null) await this.#options.sides?.target.multipart?.abort(key, upload_id);
    await this.#storage.delete(thumbnailKey(id));
    await this.#storage.delete(key);
    await this.#unfinished.remove(id);
  }

  async #tried(row: UnfinishedFileRow): Promise<void> {
    try {
      await this.remove(row);
    } catch (error) {
      this.#log.warn(
        { err: error, file: row.id },
        'an object could not be removed; it is tried again',
      );
    }
  }
}
