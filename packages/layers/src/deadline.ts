import { isStorageError, type StorageError, type StorageErrorCode } from '@org/storage-core';
import { onAbort } from './signal.js';

/**
 * The time limits of one operation. Its signal fires when the caller's does, or when a limit is reached; an operation that then
 * does not end by itself is given up on after `grace` milliseconds.
 */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #grace: number;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #unlink: () => void;
  #reached: StorageError | undefined;
  #giveUp: (error: StorageError) => void = () => {};

  constructor(outer: AbortSignal | undefined, grace: number) {
    this.#grace = grace;
    this.#unlink = onAbort(outer, ({ reason }) => this.#controller.abort(reason));
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Sets a limit, in milliseconds. */
  limit(milliseconds: number, error: () => StorageError): NodeJS.Timeout {
    return this.#after(milliseconds, () => {
      if (this.#reached !== undefined) return;
      const reached = error();
      this.#reached = reached;
      this.#controller.abort(new DOMException(reached.message, 'TimeoutError'));
      if (this.#grace === 0) this.#giveUp(reached);
      else this.#after(this.#grace, () => this.#giveUp(reached));
    });
  }

  /** Begins a limit anew. */
  again(timer: NodeJS.Timeout): void {
    if (this.#timers.has(timer)) timer.refresh();
  }

  drop(timer: NodeJS.Timeout): void {
    clearTimeout(timer);
    this.#timers.delete(timer);
  }

  /** What the operation comes to; one that was given up on is handed to `late` if it succeeds after all. */
  outcome<T>(operation: Promise<T>, late: (result: T) => void = () => {}): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#giveUp = (error) => {
        operation.then(late, () => {});
        reject(error);
      };
      operation.then(resolve, (error: unknown) => {
        reject(this.#reached !== undefined && !isDefinite(error) ? this.#reached : error);
      });
    });
  }

  /** Takes the timers away; from then on only the caller's signal ends the operation. */
  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  /** Takes the caller's signal away, too. */
  end(): void {
    this.stop();
    this.#unlink();
  }

  #after(milliseconds: number, run: () => void): NodeJS.Timeout {
    const timer = setTimeout(run, milliseconds);
    this.#timers.add(timer);
    return timer;
  }
}

/** An answer of the store that came just then is worth more than that it came late. */
function isDefinite(error: unknown): boolean {
  return isStorageError(error) && !INDEFINITE.has(error.code);
}

const INDEFINITE: ReadonlySet<StorageErrorCode> = new Set([
  'Aborted',
  'Timeout',
  'Unavailable',
  'Unknown',
]);
