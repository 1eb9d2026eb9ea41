import type { Tally } from './user.js';

/** Milliseconds between two looks at what the users have done. */
const REFRESH = 250;

/** A line for each phase of the migration; on a terminal, the present one changes as it goes. */
export class Display {
  readonly #tally: () => Tally;
  readonly #live = process.stdout.isTTY === true;
  #timer: NodeJS.Timeout | undefined;

  constructor(tally: () => Tally) {
    this.#tally = tally;
  }

  async phase(
    name: string,
    about: string,
    work: (show: (detail: string) => void) => Promise<void>,
  ): Promise<void> {
    const before = this.#tally().operations;
    const begun = performance.now();
    let detail = about;
    const line = () => {
      const seconds = ((performance.now() - begun) / 1000).toFixed(1);
      const { operations, wrong } = this.#tally();
      return `${name.padEnd(8)} ${seconds.padStart(5)} s ${String(operations - before).padStart(6)} operations, ${wrong} wrong   ${detail}`;
    };
    if (this.#live)
      this.#timer = setInterval(() => process.stdout.write(`\r\x1b[K${line()}`), REFRESH);
    await work((shown) => {
      detail = shown;
    });
    this.close();
    process.stdout.write(`${this.#live ? '\r\x1b[K' : ''}${line()}\n`);
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
