import type { FileMetadata } from '@org/storage-core';

/** A file as the store keeps it. */
export interface StoredFile {
  readonly metadata: FileMetadata;
  readonly content: Buffer;
}

/**
 * Where the files are: to be replaced by requests to your store. This one forgets them with the process.
 *
 * `change` is what conditions rest on: nothing may come between its look at the current file and the change. A store with
 * conditional writes (If-Match, generations, compare-and-swap) sends its condition along; one that has none declares the
 * conditional capabilities `absent`.
 */
export class ExampleStore {
  readonly #files = new Map<string, StoredFile>();

  async get(key: string): Promise<StoredFile | undefined> {
    return this.#files.get(key);
  }

  /**
   * Replaces a file, or removes it.
   * @param next is given the current file, and gives what is to be there from now on. What it throws leaves all as it was.
   */
  async change(
    key: string,
    next: (current: StoredFile | undefined) => StoredFile | undefined,
  ): Promise<void> {
    const file = next(this.#files.get(key));
    if (file === undefined) this.#files.delete(key);
    else this.#files.set(key, file);
  }

  /** In no order that one may rely on: the provider sorts them. A store that lists in the order of UTF-8 bytes can do without. */
  async keys(prefix: string): Promise<readonly string[]> {
    return [...this.#files.keys()].filter((key) => key.startsWith(prefix));
  }

  clear(): void {
    this.#files.clear();
  }
}
