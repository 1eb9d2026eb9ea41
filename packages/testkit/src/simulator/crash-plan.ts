import type { SimulatedProcess } from './process.js';

export interface Crashes {
  readonly of: SimulatedProcess;
  /** Of the process and its later incarnations, together. */
  readonly atMost: number;
  /** Starts the tasks of a new incarnation. Default: the process stays away. */
  readonly restart?: ((process: SimulatedProcess) => void) | undefined;
}

/**
 * When a process may crash. It is asked once after each of its steps: a crash that came later, after steps of others
 * alone, would make no difference to anyone.
 */
export class CrashPlan {
  readonly what: string;
  readonly #name: string;
  readonly #restart: Crashes['restart'];
  #process: SimulatedProcess;
  #left: number;
  #incarnation = 1;
  #asked = false;

  constructor({ of, atMost, restart }: Crashes) {
    this.#process = of;
    this.#name = of.name;
    this.#left = atMost;
    this.#restart = restart;
    this.what = `crash ${of.name}`;
  }

  /** The incarnation that runs now. */
  get process(): SimulatedProcess {
    return this.#process;
  }

  moved(process: SimulatedProcess): void {
    if (process === this.#process) this.#asked = false;
  }

  /** @param busy whether the process would make another step; the crash of one that would not matters to its successor. */
  due(busy: boolean): boolean {
    if (this.#left === 0 || this.#asked || !this.#process.alive) return false;
    if (!busy && this.#restart === undefined) return false;
    this.#asked = true;
    return true;
  }

  nextName(): string {
    this.#incarnation += 1;
    return `${this.#name}#${this.#incarnation}`;
  }

  /** To be called after a crash. */
  restart(incarnate: () => SimulatedProcess): void {
    this.#left -= 1;
    if (this.#restart === undefined) return;
    this.#process = incarnate();
    this.#restart(this.#process);
  }
}
