import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished, vi } from 'vitest';
import type { ParticipantSettings } from './participant.js';

/** What a participant tells of itself. */
interface Line {
  readonly type: string;
  readonly state?: string;
  readonly run?: string;
  readonly outcome?: string;
  readonly message?: string;
}

/** A participant in a process of its own. It is killed when the test ends, at the latest. */
export class Participant {
  readonly told: Line[] = [];
  readonly #process: ChildProcess;
  readonly #exit: Promise<unknown>;

  constructor(module: URL, settings: ParticipantSettings) {
    this.#process = spawn(process.execPath, [fileURLToPath(module), JSON.stringify(settings)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#exit = once(this.#process, 'close');
    const output = this.#process.stdout;
    if (output === null) throw new TypeError('its output is piped');
    createInterface({ input: output }).on('line', (line) => this.told.push(JSON.parse(line)));
    onTestFinished(async () => {
      this.#process.kill('SIGKILL');
      await this.#exit;
    });
  }

  /** Waits until it has told so many lines of a type. */
  async until(type: string, count = 1): Promise<void> {
    const enough = () => {
      if (this.told.filter((line) => line.type === type).length >= count) return;
      throw new Error(`${type} was not told: ${JSON.stringify(this.told.slice(-3))}`);
    };
    await vi.waitFor(enough, { timeout: 60_000, interval: 10 });
  }

  signal(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void {
    this.#process.kill(signal);
  }

  /** Lets it go on from where it is held. */
  goOn(): void {
    this.#process.stdin?.write('\n');
  }

  /** Waits for its end. */
  async ended(): Promise<Line | undefined> {
    await this.#exit;
    return this.told.at(-1);
  }
}
