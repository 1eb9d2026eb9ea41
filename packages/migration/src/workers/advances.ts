import type { Advance } from './messages.js';

/** Milliseconds for which news are gathered: a display that looks twice a second misses nothing. */
const DELAY = 200;

/** How far the attempts of a worker have come: told of all in one message, now and then. */
export class Advances {
  readonly #tell: (advances: readonly Advance[]) => void;
  #untold = new Map<number, Advance>();
  #timer: NodeJS.Timeout | undefined;

  constructor(tell: (advances: readonly Advance[]) => void) {
    this.#tell = tell;
  }

  note(advance: Advance): void {
    this.#untold.set(advance.id, { ...this.#untold.get(advance.id), ...advance });
    this.#timer ??= setTimeout(() => this.#flush(), DELAY);
  }

  /** What was not told of an attempt that has ended. */
  end(id: number): Advance | undefined {
    const untold = this.#untold.get(id);
    this.#untold.delete(id);
    return untold;
  }

  #flush(): void {
    this.#timer = undefined;
    const untold = this.#untold;
    this.#untold = new Map();
    if (untold.size > 0) this.#tell([...untold.values()]);
  }
}
