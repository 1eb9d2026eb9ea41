import { abortError } from '@org/storage-core';
import { onAbort } from './signal.js';

/** Gives a place back. Calling it again does nothing. */
export type Release = () => void;

/** So many places; who finds none waits, and is served in the order of arrival. */
export class Semaphore {
  #places: number;
  #taken = 0;
  readonly #waiting = new Set<() => void>();

  /** @param places `Infinity` for no limit. */
  constructor(places: number) {
    this.#places = places;
  }

  get places(): number {
    return this.#places;
  }

  /** More serve those who wait at once; of fewer, those who have one keep it. */
  set places(places: number) {
    this.#places = places;
    this.#serve();
  }

  /** How many wait for a place. */
  get waiting(): number {
    return this.#waiting.size;
  }

  get full(): boolean {
    return this.#taken >= this.#places;
  }

  /**
   * Resolves to what gives the place back.
   * @throws StorageError `Aborted` or `Timeout` if the signal fires first.
   */
  acquire(signal: AbortSignal | undefined): Promise<Release> {
    if (!this.full) return Promise.resolve(this.#take());
    return new Promise((resolve, reject) => {
      const serve = () => {
        this.#waiting.delete(serve);
        unlink();
        resolve(this.#take());
      };
      this.#waiting.add(serve);
      const unlink = onAbort(signal, (fired) => {
        this.#waiting.delete(serve);
        reject(abortError(fired));
      });
    });
  }

  #serve(): void {
    for (const serve of this.#waiting) {
      if (this.full) return;
      serve();
    }
  }

  #take(): Release {
    this.#taken++;
    let taken = true;
    return () => {
      if (!taken) return;
      taken = false;
      this.#taken--;
      this.#serve();
    };
  }
}
