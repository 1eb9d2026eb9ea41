import type { Bandwidth, Wish } from '@org/storage-core';

/**
 * A worker's part in the bandwidth of all: what its files wait for is asked of the coordinator's bucket, in one question for all that
 * wait just then. Without a limit nothing is asked.
 */
export class SharedBandwidth implements Bandwidth {
  /** Bytes a second of all workers together; `Infinity` for no limit. */
  rate = Number.POSITIVE_INFINITY;
  readonly #take: (bytes: number) => Promise<void>;
  readonly #wishes = new Set<Wish>();
  #asking = false;

  /** @param take resolves when so many bytes may be read. */
  constructor(take: (bytes: number) => Promise<void>) {
    this.#take = take;
  }

  ask(wish: Wish): void {
    if (!Number.isFinite(this.rate)) {
      wish.grant();
      return;
    }
    this.#wishes.add(wish);
    if (!this.#asking) void this.#serve();
  }

  withdraw(wish: Wish): void {
    this.#wishes.delete(wish);
  }

  async #serve(): Promise<void> {
    this.#asking = true;
    while (this.#wishes.size > 0) {
      const asked = [...this.#wishes];
      await this.#take(asked.reduce((sum, { bytes }) => sum + bytes, 0));
      for (const wish of asked) if (this.#wishes.delete(wish)) wish.grant();
    }
    this.#asking = false;
  }
}
