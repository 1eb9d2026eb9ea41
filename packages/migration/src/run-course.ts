import type { Clock } from './clock.js';
import type { MigrationEvent } from './event.js';
import type { Journal } from './journal/journal.js';
import type { RunCounts, RunKind } from './journal/run.js';

/** Milliseconds between two samples. */
const INTERVAL = 5_000;

/** With these, a run has done to a file what it is for: its bytes count. */
const DONE: Readonly<Record<Exclude<RunKind, 'verify'>, string>> = {
  migrate: 'copied',
  retire: 'retired',
  restore: 'restored',
  revert: 'reverted',
  sweep: 'swept',
  clean: 'aborted',
};

/** Counts what happens in a run, and writes down every few seconds how far it has come. */
export class RunCourse {
  readonly #journal: Pick<Journal, 'recordSample'>;
  readonly #run: string;
  readonly #clock: Clock;
  readonly #end: () => void;
  readonly #counts = new Map<string, number>();
  #bytes = 0;
  #retries = 0;
  #writing: Promise<unknown> = Promise.resolve();

  constructor(journal: Pick<Journal, 'recordSample'>, run: string, clock: Clock) {
    this.#journal = journal;
    this.#run = run;
    this.#clock = clock;
    this.#end = clock.every(INTERVAL, () => this.#sample());
  }

  /** Files by what became of them so far. */
  get counts(): RunCounts {
    return Object.fromEntries(this.#counts);
  }

  record(event: MigrationEvent): void {
    if (event.type === 'retry') this.#retries++;
    const settled = settledBy(event);
    if (settled === undefined) return;
    const { outcome, bytes } = settled;
    this.#counts.set(outcome, (this.#counts.get(outcome) ?? 0) + 1);
    this.#bytes += bytes;
  }

  /** Writes the last sample. @throws what kept a sample from being written. */
  async close(): Promise<void> {
    this.#end();
    this.#sample();
    await this.#writing;
  }

  #sample(): void {
    const files = [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
    const failed = this.#counts.get('failed') ?? 0;
    const [bytes, retries] = [this.#bytes, this.#retries];
    const sample = { at: new Date(this.#clock.now()), files, bytes, failed, retries };
    this.#writing = Promise.all([this.#writing, this.#journal.recordSample(this.#run, sample)]);
    this.#writing.catch(() => {}); // close() throws it
  }
}

/** What an event says of a file, once for each; `undefined` if it does not. */
function settledBy(event: MigrationEvent) {
  switch (event.type) {
    case 'file':
      return { outcome: event.state, bytes: event.state === DONE.migrate ? event.size : 0 };
    case 'verified':
      return { outcome: event.result, bytes: event.result === 'failed' ? 0 : event.size };
    case 'outcome': {
      const { run, outcome, size } = event;
      return { outcome, bytes: run !== 'verify' && outcome === DONE[run] ? size : 0 };
    }
    default:
      return undefined;
  }
}
