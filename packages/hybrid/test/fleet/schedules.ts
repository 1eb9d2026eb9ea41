import { StorageError } from '@org/storage-core';
import type { FleetRegistry } from '../../src/index.js';

/** Picks one of so many, from 0. */
export type Choose = (from: number) => number;

/** Runs once for every sequence of choices, and tells how many there were. */
export async function everySchedule(run: (choose: Choose) => Promise<void>): Promise<number> {
  let taken: number[] = [];
  for (let runs = 1; ; runs++) {
    const widths: number[] = [];
    await run((from) => {
      const at = widths.push(from) - 1;
      taken[at] ??= 0;
      return taken[at];
    });
    taken = taken.slice(0, widths.length);
    while (taken.length > 0 && (taken.at(-1) ?? 0) + 1 === widths[taken.length - 1]) taken.pop();
    const last = taken.pop();
    if (last === undefined) return runs;
    taken.push(last + 1);
  }
}

type Fate = 'answered' | 'lost request' | 'lost answer';
const FATES: readonly Fate[] = ['answered', 'lost request', 'lost answer'];

/** Holds all requests back, and lets one after the other through, in an order of its choice. */
export class Scheduler {
  readonly #choose: Choose;
  readonly #waiting: ((fate: Fate) => void)[] = [];
  #faults: number;

  /** @param faults Requests that may be lost, before or after they are carried out. */
  constructor(choose: Choose, faults = 0) {
    this.#choose = choose;
    this.#faults = faults;
  }

  view(registry: FleetRegistry): FleetRegistry {
    return {
      join: (member) => this.#request(() => registry.join(member)),
      update: (member, version) => this.#request(() => registry.update(member, version)),
      remove: (id, version) => this.#request(() => registry.remove(id, version)),
      list: () => this.#request(() => registry.list()),
      nextToken: () => this.#request(() => registry.nextToken()),
      wanted: () => this.#request(() => registry.wanted()),
      want: (wanted, version) => this.#request(() => registry.want(wanted, version)),
      close: () => registry.close(),
    };
  }

  /** Lets requests through until there are no more. */
  async run(afterEach: () => void): Promise<void> {
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve)); // whatever needs no request is done
      afterEach();
      if (this.#waiting.length === 0) return;
      const [next] = this.#waiting.splice(this.#choose(this.#waiting.length), 1);
      const fate = this.#faults === 0 ? 'answered' : FATES[this.#choose(FATES.length)];
      if (fate !== 'answered') this.#faults -= 1;
      next?.(fate ?? 'answered');
    }
  }

  async #request<T>(run: () => Promise<T>): Promise<T> {
    const fate = await new Promise<Fate>((resolve) => this.#waiting.push(resolve));
    if (fate === 'answered') return run();
    if (fate === 'lost answer') await run();
    throw new StorageError('Unavailable', fate);
  }
}
