import type { MigrationState } from './state.js';

/** Milliseconds between two states. */
const EVERY = 1_000;

/** Who may listen at the same time. */
const LISTENERS = 100;

type Listener = (state: MigrationState) => void;

/** Tells all who listen how the migration stands, once a second; nothing is found out while nobody does. */
export class Feed {
  readonly #state: () => Promise<MigrationState>;
  readonly #most: number;
  readonly #listeners = new Map<Listener, () => void>();
  #timer: NodeJS.Timeout | undefined;
  #looking = false;

  constructor(state: () => Promise<MigrationState>, most = LISTENERS) {
    this.#state = state;
    this.#most = most;
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  /**
   * @param end Told when nothing more will come.
   * @returns what ends it; `undefined` if too many listen already.
   */
  listen(listener: Listener, end: () => void): (() => void) | undefined {
    if (this.#listeners.size >= this.#most) return undefined;
    this.#listeners.set(listener, end);
    this.#timer ??= setInterval(() => void this.#tell(), EVERY).unref();
    void this.#tell();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#rest();
    };
  }

  close(): void {
    this.#rest();
    for (const end of this.#listeners.values()) end();
    this.#listeners.clear();
  }

  #rest(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** A state that can't be had is left out: the next one follows. */
  async #tell(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    const state = await this.#state().catch(() => undefined);
    this.#looking = false;
    if (state !== undefined) for (const listener of this.#listeners.keys()) listener(state);
  }
}
