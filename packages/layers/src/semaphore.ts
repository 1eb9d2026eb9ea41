import { abortError } from '@org/storage-core';
import { onAbort } from './signal.js';

/** Gives a place back. Calling it again does nothing. */
export type Release = () => void;

/** So many places; who finds none waits, and is served in the order of arrival. */
export class Semaphore {
  #free: number;
  readonly #waiting = new Set<() => void>();

  constructor(places: number) {
    this.#free = places;
  }

  /** How many wait for a place. */
  get waiting(): number {
    return this.#waiting.size;
  }

  get full(): boolean {
    return this.#free === 0;
  }

  /**
   * Resolves to what gives the place back.
   * @throws StorageError `Aborted` or `Timeout` if the signal fires first.
   */
  acquire(signal: AbortSignal | undefined): Promise<Release> {
    if (this.#free > 0) return Promise.resolve(this.#take());
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

  #take(): Release {
    this.#free--;
    let taken = true;
    return () => {
      if (!taken) return;
      taken = false;
      this.#free++;
      const [next] = this.#waiting;
      next?.();
    };
  }
}
