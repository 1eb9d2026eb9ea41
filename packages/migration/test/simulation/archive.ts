import { StorageError } from '@org/storage-core';
import type { SimulatedProcess, SimulatedStore, StoredFile } from '@org/storage-testkit/simulator';
import type { ArchiveEntry, ListedArchive } from '../../src/retire/archive.js';

/** A place beside a simulated source, as the trash of a directory is. */
export class SimulatedArchive {
  readonly #source: SimulatedStore;
  readonly #files = new Map<string, { readonly key: string; readonly file: StoredFile }>();
  #kept = 0;

  constructor(source: SimulatedStore) {
    this.#source = source;
  }

  /** Of the files that are in it. */
  get ids(): readonly string[] {
    return [...this.#files.keys()];
  }

  /** Puts a file aside, without a step. @returns its id. */
  keep(key: string): string {
    const file = this.#source.files.get(key);
    if (file === undefined) throw new StorageError('NotFound', `there is no file ${key}`);
    const id = String(this.#kept++);
    this.#files.set(id, { key, file });
    this.#source.remove(key);
    return id;
  }

  client(process: SimulatedProcess): ListedArchive {
    const files = this.#files;
    const entries = (): ArchiveEntry[] =>
      [...files].map(([id, { file }]) => ({ id, trashedAt: new Date(0), file: file.metadata }));
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
          const kept = files.get(id);
          if (kept === undefined) throw new StorageError('NotFound', `${id} is not in the archive`);
          if (this.#source.files.has(kept.key))
            throw new StorageError('AlreadyExists', `${kept.key} exists`);
          files.delete(id);
          return this.#source.set(kept.key, kept.file.content).metadata;
        }),
      async *list() {
        yield* await process.step('archive list', entries);
      },
    };
  }
}
