import { StorageError } from '@org/storage-core';
import type { Entries } from './entries.js';
import { publish } from './event.js';

/** Milliseconds for which a sum of the entries’ sizes is good; longer where it takes long, by this factor. */
const FRESH = 1_000;
const PER_COUNT = 20;

/** How much the spool may hold. Each process counts for itself: several may exceed the limit by what they write at once. */
export class Room {
  readonly maxBytes: number;
  readonly #provider: string;
  readonly #entries: Entries;
  #used = 0;
  /** Until when the sum is good, by `performance.now()`. */
  #fresh = Number.NEGATIVE_INFINITY;
  #counting: Promise<void> | undefined;

  constructor(provider: string, entries: Entries, maxBytes: number) {
    this.#provider = provider;
    this.#entries = entries;
    this.maxBytes = maxBytes;
  }

  /**
   * How many bytes may be written over an entry of so many.
   * @throws StorageError `QuotaExceeded` if they are fewer than `needed`.
   */
  async over(key: string, replaced: number, needed: number): Promise<number> {
    if (this.maxBytes === Number.POSITIVE_INFINITY) return this.maxBytes;
    await this.#count();
    const free = this.maxBytes - this.#used + replaced;
    if (needed > free) throw this.full(key);
    return free;
  }

  full(key: string): StorageError {
    publish({
      type: 'full',
      provider: this.#provider,
      key,
      used: this.#used,
      maxBytes: this.maxBytes,
    });
    return new StorageError(
      'QuotaExceeded',
      `the spool has no room for ${key}: ${this.#used} of ${this.maxBytes} bytes are used`,
    );
  }

  /** Told of what this process has written, until it is counted again. */
  grew(by: number): void {
    this.#used += by;
  }

  async #count(): Promise<void> {
    if (performance.now() < this.#fresh) return;
    this.#counting ??= this.#sum().finally(() => {
      this.#counting = undefined;
    });
    await this.#counting;
  }

  async #sum(): Promise<void> {
    const began = performance.now();
    let used = 0;
    for await (const entry of this.#entries.list({})) if (entry.type === 'file') used += entry.size;
    this.#used = used;
    const ended = performance.now();
    this.#fresh = ended + Math.max(FRESH, PER_COUNT * (ended - began));
  }
}
