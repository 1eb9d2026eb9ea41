import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Mode } from '@org/storage-hybrid';
import type { Command, Told } from './application.js';
import { PROCESSES } from './content.js';
import type { Places } from './stores.js';
import type { Tally } from './user.js';

const PROGRAM = fileURLToPath(new URL('./application.js', import.meta.url));

class Application {
  readonly #child = fork(PROGRAM, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  readonly #exit = once(this.#child, 'exit');
  told: Told = { stage: undefined, tally: nothing(), ended: false };

  constructor() {
    this.#child.on('message', (told: Told) => {
      this.told = told;
    });
  }

  tell(command: Command): void {
    if (this.#child.connected) this.#child.send(command);
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  async end(): Promise<void> {
    this.tell({ type: 'end' });
    await this.#exit;
  }
}

/** The processes of the application. */
export class Fleet {
  readonly #applications = Array.from({ length: PROCESSES }, () => new Application());

  open(places: Places): void {
    for (const [number, application] of this.#applications.entries())
      application.tell({ type: 'open', number, places });
  }

  /** A rolling deploy, or a flag that is switched: one process after the other. */
  async roll(mode: Mode): Promise<void> {
    for (const application of this.#applications) {
      application.tell({ type: 'mode', mode });
      await sleep(500);
    }
    const there = mode === 'hybrid' ? ['hybrid', 'settled'] : [mode];
    await this.#until(({ stage }) => stage !== undefined && there.includes(stage));
  }

  async #until(reached: (told: Told) => boolean): Promise<void> {
    while (!this.#applications.every(({ told }) => reached(told))) {
      if (this.#applications.some(({ running }) => !running))
        throw new Error('a process of the application has ended');
      await sleep(50);
    }
  }

  /** Of all processes together. */
  tally(): Tally {
    const sum = nothing();
    for (const { told } of this.#applications) {
      sum.operations += told.tally.operations;
      sum.wrong += told.tally.wrong;
      sum.failed += told.tally.failed;
      sum.slowest = Math.max(sum.slowest, told.tally.slowest);
    }
    return sum;
  }

  /** At once. */
  kill(): void {
    for (const application of this.#applications) application.kill();
  }

  async end(): Promise<void> {
    await Promise.all(this.#applications.map((application) => application.end()));
  }
}

function nothing(): Tally {
  return { operations: 0, wrong: 0, failed: 0, slowest: 0 };
}
