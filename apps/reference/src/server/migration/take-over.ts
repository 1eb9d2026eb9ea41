import type { Journal } from '@org/storage-migration';
import { fleetState, isReached } from './fleet-state.js';
import type { MigrationServiceOptions } from './options.js';
import type { Slot } from './slot.js';
import type { Unfinished } from './unfinished.js';

export interface TakeOverOptions {
  readonly options: MigrationServiceOptions;
  readonly slot: Slot;
  /** `undefined` before the first start. */
  readonly look: () => Promise<Journal | undefined>;
  readonly unfinished: (journal: Journal) => Promise<Unfinished | undefined>;
  readonly copy: () => Promise<void>;
}

/** Milliseconds between two looks. */
const EVERY = 2_000;

/** Goes on with what another process, or an earlier one, has left behind, and stops what the fleet's mode allows no longer. */
export class TakeOver {
  readonly #with: TakeOverOptions;
  readonly #timer: NodeJS.Timeout;
  #looking: Promise<void> | undefined;
  #closed = false;

  constructor(given: TakeOverOptions) {
    this.#with = given;
    const { lookEvery = EVERY } = given.options;
    this.#timer = setInterval(() => void this.look(), lookEvery).unref();
  }

  /** Does not fail: what does is tried again at the next look. */
  look(): Promise<void> {
    this.#looking ??= this.#look()
      .catch(() => undefined)
      .finally(() => {
        this.#looking = undefined;
      });
    return this.#looking;
  }

  async #look(): Promise<void> {
    const { options, slot, look, unfinished, copy } = this.#with;
    const { registry, initial = 'source', retryEvery } = options;
    const journal = await look();
    if (journal === undefined || this.#closed) return;
    const fleet = await fleetState(registry, initial);
    if (slot.work?.kind === 'migrate' && fleet.wanted !== 'hybrid') await slot.stop();
    if (slot.work !== undefined || fleet.wanted !== 'hybrid' || !isReached(fleet)) return;
    const left = await unfinished(journal);
    if (left === undefined || left.due(retryEvery) > Date.now()) return;
    if ((await journal.control()).paused || this.#closed) return;
    await copy();
  }

  /** Begins nothing more. Resolves when a look that is under way has ended. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    await this.#looking;
  }
}
