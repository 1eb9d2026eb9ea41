import type { SimulatedProcess } from './process.js';
import type { Simulation } from './simulation.js';
import type { StoredFile } from './stored-file.js';

/** What of a store's files is on its disk, where writes are seen before they are there. */
export class Durability {
  readonly #simulation: Simulation;
  readonly #store: string;
  readonly #durable = new Map<string, StoredFile>();
  /** Keys whose last change is not on the disk. */
  readonly #unsynced = new Set<string>();

  constructor(simulation: Simulation, store: string) {
    this.#simulation = simulation;
    this.#store = store;
  }

  /** The file is on the disk, or gone from it. */
  keep(key: string, file: StoredFile | undefined): void {
    if (file === undefined) this.#durable.delete(key);
    else this.#durable.set(key, file);
  }

  /** The key has changed; a later step, at any time, brings it to the disk as it is then. */
  syncLater(key: string, process: SimulatedProcess, current: () => StoredFile | undefined): void {
    if (this.#unsynced.has(key)) return;
    this.#unsynced.add(key);
    this.#simulation.later(
      process,
      () => `${this.#store} sync of ${key}`,
      () => {
        this.#unsynced.delete(key);
        this.keep(key, current());
      },
    );
  }

  /** Keys whose last change is lost, with what there is in its place. */
  powerLoss(): [key: string, file: StoredFile | undefined][] {
    const lost = [...this.#unsynced].map((key): [string, StoredFile | undefined] => [
      key,
      this.#durable.get(key),
    ]);
    this.#unsynced.clear();
    return lost;
  }
}
