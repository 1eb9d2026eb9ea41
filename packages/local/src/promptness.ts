/** Milliseconds. What is in memory takes a hundredth of it; a disk with a moving head takes longer. */
const SLOW = 5;

/** After a slow call, the disk is left to other threads for this many times as long. */
const REST = 10;

/** Milliseconds of calls at once between two turns of the event loop: whoever reads file after file leaves others their turn. */
const SHARE = 2;

/**
 * Whether calls of the file system are made at once, on the thread of the event loop. A trip to another thread costs many times what
 * the call does, if the file system has in memory what it is asked for. Nobody knows beforehand whether it has; so this
 * bounds for how long the event loop can be held up: a call that was slow is followed by a pause, in which calls are made on
 * other threads, and so are those that come after {@link SHARE} milliseconds in one turn of the loop.
 */
export class Promptness {
  /**
   * Whether the file system is on this machine. Then the status of a file that is open is in memory, so that asking for it
   * never waits, and other calls may be made at once while {@link now} says so.
   */
  readonly immediate: boolean;
  #restUntil = 0;
  #spent = 0;
  #counting = false;

  constructor(immediate: boolean) {
    this.immediate = immediate;
  }

  /** Whether the next call may be made at once. */
  get now(): boolean {
    return this.immediate && this.#spent < SHARE && performance.now() >= this.#restUntil;
  }

  /** Makes a call at once, and looks at how long it takes. */
  measure<T>(call: () => T): T {
    const start = performance.now();
    try {
      return call();
    } finally {
      this.#took(start, performance.now());
    }
  }

  #took(start: number, end: number): void {
    const elapsed = end - start;
    if (elapsed > SLOW) this.#restUntil = end + REST * elapsed;
    this.#spent += elapsed;
    if (this.#counting) return;
    this.#counting = true;
    setImmediate(() => {
      this.#counting = false;
      this.#spent = 0;
    }).unref();
  }
}

/** Makes every call on another thread: for what may be anywhere. */
export const UNHURRIED = new Promptness(false);
