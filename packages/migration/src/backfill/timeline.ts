import type { MigrationEvent } from '../event.js';
import type { Journal } from '../journal/journal.js';
import type { Clock } from './clock.js';

/** Milliseconds between two samples. */
const INTERVAL = 5_000;

/** Counts what happens in a run, and writes down every few seconds how far it has come. */
export class Timeline {
  readonly #journal: Pick<Journal, 'recordSample'>;
  readonly #run: string;
  readonly #clock: Clock;
  readonly #end: () => void;
  #files = 0;
  #bytes = 0;
  #failed = 0;
  #retries = 0;
  #writing: Promise<unknown> = Promise.resolve();

  constructor(journal: Pick<Journal, 'recordSample'>, run: string, clock: Clock) {
    this.#journal = journal;
    this.#run = run;
    this.#clock = clock;
    this.#end = clock.every(INTERVAL, () => this.#sample());
  }

  record(event: MigrationEvent): void {
    if (event.type === 'retry') this.#retries++;
    if (event.type !== 'file') return;
    this.#files++;
    if (event.state === 'copied') this.#bytes += event.size;
    if (event.state === 'failed') this.#failed++;
  }

  /** Writes the last sample. @throws what kept a sample from being written. */
  async close(): Promise<void> {
    this.#end();
    this.#sample();
    await this.#writing;
  }

  #sample(): void {
    const [files, bytes] = [this.#files, this.#bytes];
    const [failed, retries] = [this.#failed, this.#retries];
    const sample = { at: new Date(this.#clock.now()), files, bytes, failed, retries };
    this.#writing = Promise.all([this.#writing, this.#journal.recordSample(this.#run, sample)]);
    this.#writing.catch(() => {}); // close() throws it
  }
}
