/** Decisions by pseudo-random numbers (the generator mulberry32): the same seeds make the same ones. */
export class Dice {
  #state = 0;

  constructor(...seeds: readonly number[]) {
    for (const seed of seeds) this.#state = Math.imul(this.#state ^ seed, 0x9e3779b1) + 0x6d2b79f5;
    this.fraction();
  }

  /** At least 0, less than 1. */
  fraction(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  /** A whole number, both ends included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.fraction() * (most - least + 1));
  }

  /** One of some; `undefined` if there are none. */
  oneOf<T>(some: readonly T[]): T | undefined {
    return some[this.between(0, some.length - 1)];
  }
}
