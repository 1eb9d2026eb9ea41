import { isStorageError, type StorageError } from '@org/storage-core';
import type { DrainReport } from './drain.js';

/** Calls a function once, so many milliseconds later. Returns what takes that back. */
export type Schedule = (run: () => void, milliseconds: number) => () => void;

export interface DrainerOptions {
  /** Milliseconds between two passes. */
  readonly every: number;
  readonly schedule: Schedule;
}

/** Milliseconds between two passes that failed, at most. */
const LONGEST_PAUSE = 60_000;

/** Drains again and again; after passes that failed, at exponentially longer intervals. */
export class Drainer {
  readonly #pass: () => Promise<DrainReport>;
  readonly #failed: (error: StorageError) => void;
  readonly #options: DrainerOptions;
  #pause: number;
  #cancel: () => void;

  constructor(
    pass: () => Promise<DrainReport>,
    failed: (error: StorageError) => void,
    options: DrainerOptions,
  ) {
    this.#pass = pass;
    this.#failed = failed;
    this.#options = options;
    this.#pause = options.every;
    this.#cancel = this.#later();
  }

  stop(): void {
    this.#cancel();
    this.#later = () => () => {};
  }

  #later = (): (() => void) => this.#options.schedule(() => void this.#run(), this.#pause);

  async #run(): Promise<void> {
    const { every } = this.#options;
    try {
      const { drained, failures } = await this.#pass();
      this.#pause = drained === 0 && failures.length > 0 ? this.#longer() : every;
    } catch (error) {
      if (isStorageError(error)) this.#failed(error);
      this.#pause = this.#longer();
    }
    this.#cancel = this.#later();
  }

  #longer(): number {
    return Math.max(this.#options.every, Math.min(2 * this.#pause, LONGEST_PAUSE));
  }
}

/** By a timer that does not keep the process alive. */
export const byTimer: Schedule = (run, milliseconds) => {
  const timer = setTimeout(run, milliseconds).unref();
  return () => clearTimeout(timer);
};
