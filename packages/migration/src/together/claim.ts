import type { CopyUpOptions } from '../backfill/copy-up.js';
import { type Fence, takenOver } from '../journal/fence.js';
import type { Journal, KeyRange } from '../journal/journal.js';

/** The right of a participant to settle the files of a range. */
export class Claim {
  readonly range: KeyRange;
  /** Refuses what is written once others have taken the range over. */
  readonly journal: Journal;
  readonly #fence: Fence;
  readonly #complete: () => Promise<void>;
  #underWay = 0;
  #all = false;
  #broken = false;

  constructor(fence: Fence, range: KeyRange, journal: Journal, complete: () => Promise<void>) {
    this.#fence = fence;
    this.range = range;
    this.journal = journal;
    this.#complete = complete;
  }

  /** Whether this process knows that others have taken it over. */
  get lost(): boolean {
    return this.#fence.lost;
  }

  /** What a copy awaits before it becomes visible. @param first Awaited before. */
  mayCommit(first: CopyUpOptions['mayCommit']): () => Promise<void> {
    return async () => {
      await first?.();
      if (this.lost) throw takenOver(this.#fence);
    };
  }

  /** One of its files is begun: {@link whileHeld} is to follow. */
  begin(): void {
    this.#underWay++;
  }

  /** Settles a file. When it is the last one, the range is completed. */
  async whileHeld<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await this.ifHeld(work);
    } catch (error) {
      this.#broken = true;
      throw error;
    } finally {
      this.#underWay--;
      await this.#end();
    }
  }

  /** Does something for it. `undefined`: others have taken it over meanwhile. */
  async ifHeld<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (this.lost) return undefined;
      throw error;
    }
  }

  /** All of its files were begun. */
  async begun(): Promise<void> {
    this.#all = true;
    await this.#end();
  }

  async #end(): Promise<void> {
    if (this.#all && this.#underWay === 0 && !this.#broken && !this.lost) await this.#complete();
  }
}
