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
 * other threads; and those that come after {@link SHARE} milliseconds in one turn of the loop wait for the next, in the order in
 * which they came.
 */
export class Promptness {
  /**
   * Whether the file system is on this machine. Then the status of a file that is open is in memory, so that asking for it
   * never waits, and other calls may be made at once, by {@link call}.
   */
  readonly immediate: boolean;
  #restUntil = 0;
  #spent = 0;
  #waiting: (() => void)[] = [];
  #turn: NodeJS.Immediate | undefined;

  constructor(immediate: boolean) {
    this.immediate = immediate;
  }

  /** Makes a call at once, now or in one of the next turns of the event loop; after a slow one, on another thread. */
  call<T>(atOnce: () => T, elsewhere: () => Promise<T>): Promise<T> {
    if (this.#spent < SHARE) return this.#make(atOnce, elsewhere);
    return new Promise((resolve) => {
      this.#waiting.push(() => resolve(this.#make(atOnce, elsewhere)));
      this.#holdProcess();
    });
  }

  /** Until the next turn, for those that wait for it. */
  #holdProcess(): void {
    this.#turn?.ref();
  }

  async #make<T>(atOnce: () => T, elsewhere: () => Promise<T>): Promise<T> {
    return this.#rests() ? elsewhere() : this.#measure(atOnce);
  }

  #rests(): boolean {
    return !this.immediate || performance.now() < this.#restUntil;
  }

  /** Looks at how long a call takes. */
  #measure<T>(call: () => T): T {
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
    this.#turn ??= setImmediate(() => this.#begin()).unref();
  }

  /** A turn of the event loop. */
  #begin(): void {
    this.#turn = undefined;
    this.#spent = 0;
    const waiting = this.#waiting;
    let made = 0;
    while (made < waiting.length && this.#spent < SHARE) waiting[made++]?.();
    this.#waiting = waiting.slice(made);
    if (this.#waiting.length > 0) this.#holdProcess();
  }
}

/** Makes every call on another thread: for what may be anywhere. */
export const UNHURRIED = new Promptness(false);
