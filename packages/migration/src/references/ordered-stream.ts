import { compareKeys, type Key, StorageError } from '@org/storage-core';

/**
 * A stream in the order of the UTF-8 bytes of its keys, of which the next key can be seen before it is taken: several of them are
 * walked side by side, in memory that does not grow with them.
 */
export class OrderedStream<T extends { readonly key: Key }> {
  readonly #name: string;
  readonly #entries: AsyncIterator<T>;
  #next: T | undefined;
  #last: Key | undefined;
  #ended = false;

  /** @param name For errors. */
  constructor(name: string, entries: AsyncIterable<T>) {
    this.#name = name;
    this.#entries = entries[Symbol.asyncIterator]();
  }

  /**
   * The key of the next entry; `undefined` at the end.
   * @throws StorageError `InvalidArgument` if it is not in order.
   */
  async head(): Promise<Key | undefined> {
    if (this.#next !== undefined || this.#ended) return this.#next?.key;
    const { done, value } = await this.#entries.next();
    if (done === true) {
      this.#ended = true;
      return undefined;
    }
    const { key } = value;
    if (this.#last !== undefined && compareKeys(this.#last, key) >= 0) throw this.#disorder(key);
    this.#next = value;
    this.#last = key;
    return key;
  }

  /** The next entry, if it has this key. */
  async take(key: Key): Promise<T | undefined> {
    if ((await this.head()) !== key) return undefined;
    const entry = this.#next;
    this.#next = undefined;
    return entry;
  }

  async close(): Promise<void> {
    await this.#entries.return?.();
  }

  #disorder(key: Key): StorageError {
    return new StorageError(
      'InvalidArgument',
      `${this.#name} does not give its keys in the order of their UTF-8 bytes: ` +
        `${JSON.stringify(key)} came after ${JSON.stringify(this.#last)}`,
    );
  }
}
