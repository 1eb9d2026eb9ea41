import { StorageError } from '@org/storage-core';
import type { SimulatedProcess, SimulatedStore, StoredFile } from '@org/storage-testkit/simulator';
import type { Archive } from '../../src/retire/archive.js';

/** A place beside a simulated source, as the trash of a directory is. */
export class SimulatedArchive {
  readonly #source: SimulatedStore;
  readonly #files: { readonly key: string; readonly file: StoredFile }[] = [];

  constructor(source: SimulatedStore) {
    this.#source = source;
  }

  /** Puts a file aside, without a step. @returns its id. */
  keep(key: string): string {
    const file = this.#source.files.get(key);
    if (file === undefined) throw new StorageError('NotFound', `there is no file ${key}`);
    this.#files.push({ key, file });
    this.#source.remove(key);
    return String(this.#files.length - 1);
  }

  client(process: SimulatedProcess): Archive {
    return {
      put: (key, { condition }) =>
        process.step(`archive put ${key}`, () => {
          const file = this.#source.files.get(key);
          if (condition !== undefined && file?.metadata.etag !== condition.etag)
            throw new StorageError('PreconditionFailed', `${key} has changed`);
          const id = this.keep(key);
          return { id, file: { etag: file?.metadata.etag ?? ('' as never) } };
        }),
      restore: ({ id }) =>
        process.step(`archive restore ${id}`, () => {
          const kept = this.#files[Number(id)];
          if (kept === undefined) throw new StorageError('NotFound', `${id} is not in the archive`);
          if (this.#source.files.has(kept.key))
            throw new StorageError('AlreadyExists', `${kept.key} exists`);
          return this.#source.set(kept.key, kept.file.content).metadata;
        }),
    };
  }
}
