/** Who wants to pass so many bytes. */
export interface Wish {
  readonly bytes: number;
  /** Called when it is time. */
  readonly grant: () => void;
}

/** Milliseconds of the rate that may be saved up. */
const BURST = 100;

/**
 * Grants bytes at a rate, in the order in which they were asked for. It goes into debt for what it grants at once, and then
 * waits until the debt is paid.
 */
export class TokenBucket {
  #rate: number;
  #tokens: number;
  #filled = performance.now();
  readonly #wishes = new Set<Wish>();
  #timer: NodeJS.Timeout | undefined;
  #granting = false;

  /** @param rate Bytes a second; `Infinity` for no limit. */
  constructor(rate: number) {
    this.#rate = rate;
    this.#tokens = burst(rate);
  }

  get rate(): number {
    return this.#rate;
  }

  /** Holds at once, also for those who wait. */
  set rate(rate: number) {
    this.#fill();
    this.#rate = rate;
    this.#tokens = Math.min(this.#tokens, burst(rate));
    this.#grant();
  }

  ask(wish: Wish): void {
    this.#wishes.add(wish);
    this.#grant();
  }

  withdraw(wish: Wish): void {
    this.#wishes.delete(wish);
    if (this.#wishes.size === 0) clearTimeout(this.#timer);
  }

  #fill(): void {
    const now = performance.now();
    const due = ((now - this.#filled) * this.#rate) / 1000;
    this.#tokens = Math.min(burst(this.#rate), this.#tokens + (Number.isNaN(due) ? 0 : due));
    this.#filled = now;
  }

  #grant(): void {
    if (this.#granting) return; // a wish that was granted asks for more: it is seen below
    this.#granting = true;
    clearTimeout(this.#timer);
    this.#fill();
    for (const wish of this.#wishes) {
      if (this.#tokens < 0) {
        const wait = Math.ceil((-this.#tokens / this.#rate) * 1000);
        this.#timer = setTimeout(() => this.#grant(), wait);
        break;
      }
      if (Number.isFinite(this.#rate)) this.#tokens -= wish.bytes;
      this.#wishes.delete(wish);
      wish.grant();
    }
    this.#granting = false;
  }
}

function burst(rate: number): number {
  return Number.isFinite(rate) ? (rate * BURST) / 1000 : 0;
}
