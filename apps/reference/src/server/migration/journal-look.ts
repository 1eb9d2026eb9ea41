import type { Control, Journal } from '@org/storage-migration';
import type { JournalPlace } from './journal-place.js';

/** The journal as it is looked into, whoever works with it: opened once, and kept. */
export class JournalLook {
  readonly #place: JournalPlace;
  #journal: Promise<Journal | undefined> | undefined;

  constructor(place: JournalPlace) {
    this.#place = place;
  }

  /** @returns `undefined` before the first start. */
  async open(): Promise<Journal | undefined> {
    this.#journal ??= this.#place.look();
    const opening = this.#journal;
    const journal = await opening.catch((error: unknown) => {
      if (this.#journal === opening) this.#journal = undefined;
      throw error;
    });
    if (journal === undefined && this.#journal === opening) this.#journal = undefined;
    return journal;
  }

  /** What `find` finds in it; `none` before the first start. */
  async find<T>(find: (journal: Journal) => Promise<T>, none: T): Promise<T> {
    const journal = await this.open();
    return journal === undefined ? none : find(journal);
  }

  /** Changes what copying goes by, in whichever process; before the first start, for that. */
  async setControl(change: Partial<Control>): Promise<void> {
    const looked = await this.open();
    const journal = looked ?? (await this.#place.work());
    try {
      await journal.setControl({ ...(await journal.control()), ...change });
    } finally {
      if (looked === undefined) await journal.close();
    }
  }

  async close(): Promise<void> {
    await (await this.#journal)?.close();
    this.#journal = undefined;
  }
}
