/** How often a fault strikes the calls that it matches. */
export interface FaultOccasions {
  /** Strikes from the nth matching call on, counted from 1. Default 1. */
  readonly from?: number;
  /** Strikes so many times at most. Default: no limit. */
  readonly times?: number;
  /** Strikes with this probability. Default 1. */
  readonly probability?: number;
  /** Of the dice for `probability`; the same seed makes the same throws. Default 1. */
  readonly seed?: number;
}

export interface FaultHandle {
  /** How often it struck. */
  readonly hits: number;
  remove(): void;
}

/** Faults, which may be added and removed while calls are made. */
export class FaultSchedule<Fault extends FaultOccasions, Call> {
  readonly #matches: (fault: Fault, call: Call) => boolean;
  readonly #faults = new Set<ArmedFault<Fault>>();

  constructor(matches: (fault: Fault, call: Call) => boolean) {
    this.#matches = matches;
  }

  add(fault: Fault): FaultHandle {
    const armed = new ArmedFault(fault);
    this.#faults.add(armed);
    return {
      get hits() {
        return armed.hits;
      },
      remove: () => void this.#faults.delete(armed),
    };
  }

  clear(): void {
    this.#faults.clear();
  }

  /** The faults that strike this call, in the order in which they were added. */
  strike(call: Call): Fault[] {
    if (this.#faults.size === 0) return [];
    return [...this.#faults]
      .filter((armed) => this.#matches(armed.fault, call) && armed.strikes())
      .map(({ fault }) => fault);
  }
}

class ArmedFault<Fault extends FaultOccasions> {
  readonly fault: Fault;
  hits = 0;
  #seen = 0;
  readonly #dice: () => number;

  constructor(fault: Fault) {
    this.fault = fault;
    this.#dice = seededDice(fault.seed ?? 1);
  }

  /** Told of a call that it matches. */
  strikes(): boolean {
    const { from = 1, times = Number.POSITIVE_INFINITY, probability = 1 } = this.fault;
    this.#seen += 1;
    if (this.#seen < from || this.hits >= times || this.#dice() >= probability) return false;
    this.hits += 1;
    return true;
  }
}

/** Numbers in [0, 1), by the generator mulberry32. */
function seededDice(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
