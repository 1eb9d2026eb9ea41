import {
  type Fault,
  type FaultEffect,
  type FaultHandle,
  type FaultMatch,
  type FaultyOperation,
  STRIKES,
} from './fault.js';

/** One call of an operation. */
export interface FaultyCall {
  readonly operation: FaultyOperation;
  readonly key?: string | undefined;
}

/** The faults of a provider, which may be added and removed while it is used. */
export class FaultControl {
  readonly #faults = new Set<ArmedFault>();

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
  strike(call: FaultyCall): readonly FaultEffect[] {
    return [...this.#faults].filter((fault) => fault.strikes(call)).map(({ fault }) => fault);
  }
}

class ArmedFault {
  readonly fault: Fault;
  hits = 0;
  #seen = 0;
  readonly #dice: () => number;

  constructor(fault: Fault) {
    this.fault = fault;
    this.#dice = seededDice(fault.seed ?? 1);
  }

  strikes(call: FaultyCall): boolean {
    const { from = 1, times = Number.POSITIVE_INFINITY, probability = 1 } = this.fault;
    const possible = STRIKES[this.fault.type];
    if (possible !== 'all' && !possible.has(call.operation)) return false;
    if (!matches(this.fault, call)) return false;
    this.#seen += 1;
    if (this.#seen < from || this.hits >= times || this.#dice() >= probability) return false;
    this.hits += 1;
    return true;
  }
}

function matches({ operation, key }: FaultMatch, call: FaultyCall): boolean {
  if (operation !== undefined && ![operation].flat().includes(call.operation)) return false;
  if (key === undefined) return true;
  if (typeof key === 'string') return key === call.key;
  return call.key !== undefined && call.key.search(key) >= 0;
}

/** Numbers in [0, 1): Marsaglia, "Xorshift RNGs", 2003. */
function seededDice(seed: number): () => number {
  let state = Math.imul(seed, 0x9e3779b1) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
