import type { Clock } from '../../src/clock.js';

/** A clock that goes when it is told to. */
export class ManualClock implements Clock {
  #now: number;
  readonly #tasks = new Set<{ readonly every: number; next: number; readonly run: () => void }>();

  constructor(now: string | number = 0) {
    this.#now = typeof now === 'string' ? Date.parse(now) : now;
  }

  now(): number {
    return this.#now;
  }

  every(milliseconds: number, run: () => void): () => void {
    const task = { every: milliseconds, next: this.#now + milliseconds, run };
    this.#tasks.add(task);
    return () => this.#tasks.delete(task);
  }

  /** How many things are called again and again. */
  get tasks(): number {
    return this.#tasks.size;
  }

  advance(milliseconds: number): void {
    const until = this.#now + milliseconds;
    for (;;) {
      const next = Math.min(...[...this.#tasks].map((task) => task.next));
      if (!(next <= until)) break;
      this.#now = next;
      for (const task of this.#tasks) {
        if (task.next > next) continue;
        task.next += task.every;
        task.run();
      }
    }
    this.#now = until;
  }
}
