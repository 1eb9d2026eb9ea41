import type { Simulation } from './simulation.js';

/**
 * What can go wrong with requests: `lostAnswer` it has its effect, and the client gets `Unavailable` · `refused` no effect,
 * and `Unavailable` · `delayed` the client gets `Timeout` at once, and the effect comes later or never; with it, what a
 * process has sent may arrive after its crash · `throttled` no effect, and `Throttled` · `conflict` a conditional write has
 * no effect, and gets a retryable `Conflict`. Reads are refused or throttled only.
 */
export type FaultKind = 'lostAnswer' | 'refused' | 'delayed' | 'throttled' | 'conflict';

/** How often each may happen, at moments that the choices decide. Default 0. */
export type Faults = Readonly<Partial<Record<FaultKind, number>>>;

/** What is left of the faults of a store. */
export class FaultBudget {
  readonly #simulation: Simulation;
  readonly #store: string;
  readonly #left: Map<FaultKind, number>;

  constructor(simulation: Simulation, store: string, faults: Faults) {
    this.#simulation = simulation;
    this.#store = store;
    const entries = Object.entries(faults) as [FaultKind, number][]; // as the type of `faults` has it
    this.#left = new Map(entries.filter(([, times]) => times > 0));
  }

  get empty(): boolean {
    return this.#left.size === 0;
  }

  /** Whether it strikes now. */
  strikes(kind: FaultKind): boolean {
    const left = this.#left.get(kind);
    if (left === undefined || this.#simulation.settling) return false;
    if (this.#simulation.choose(2, `${kind} ${this.#store}`) === 0) return false;
    if (left === 1) this.#left.delete(kind);
    else this.#left.set(kind, left - 1);
    return true;
  }
}
