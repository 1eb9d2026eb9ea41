import { setMaxListeners } from 'node:events';
import { StorageError, type StorageProvider, TokenBucket, throwIfAborted } from '@org/storage-core';
import type { CopyUpOptions, CopyUpResult } from '../backfill/copy-up.js';
import { wait } from '../wait.js';
import type { Setting, Task } from './messages.js';
import { checkWorkers, storesUrl, type WorkersOptions } from './options.js';
import { WorkerProcess } from './worker-process.js';

/** So many processes in a row that have copied nothing, in one place, end the run. */
const BARREN = 5;
/** Milliseconds before the second of them; doubled each time. */
const DELAY = 250;
/** Milliseconds that a process has to end by itself. */
const GRACE = 5_000;

const NO_LIMIT = Number.POSITIVE_INFINITY;

/** The processes that copy. One that ends is replaced. */
export class Workers implements AsyncDisposable {
  readonly #options: WorkersOptions;
  readonly #setting: Omit<Setting, 'bandwidth'>;
  readonly #bandwidth = new TokenBucket(NO_LIMIT);
  readonly #living = new Set<WorkerProcess>();
  readonly #ready = new Set<WorkerProcess>();
  readonly #failed = new AbortController();
  /** Fires when no process is to be replaced any more. */
  readonly #over = new AbortController();
  readonly #places: readonly Promise<void>[];
  #waiting: (() => void)[] = [];
  #begun = false;
  #failure: unknown;
  /** Fires with the caller's, and when the workers can't go on. */
  readonly signal: AbortSignal;

  /**
   * Resolves when all have opened their stores.
   * @throws StorageError `InvalidArgument`; why the stores can't be used; `Aborted`.
   */
  static async start(
    options: WorkersOptions,
    stores: {
      readonly source: StorageProvider;
      readonly target: StorageProvider;
      readonly signal: AbortSignal | undefined;
    },
  ): Promise<Workers> {
    checkWorkers(options);
    const workers = new Workers(options, stores);
    try {
      while (workers.#ready.size < options.count) {
        workers.#check();
        await workers.#change();
      }
      workers.#begun = true;
      return workers;
    } catch (error) {
      await workers[Symbol.asyncDispose]();
      throw error;
    }
  }

  private constructor(
    options: WorkersOptions,
    { source, target, signal }: Parameters<typeof Workers.start>[1],
  ) {
    this.#options = options;
    const names = { source: source.name, target: target.name };
    this.#setting = { stores: storesUrl(options), data: options.data, names };
    const signals = [signal, this.#failed.signal].filter((given) => given !== undefined);
    this.signal = AbortSignal.any(signals);
    setMaxListeners(0, this.signal); // each file under way listens
    this.signal.addEventListener('abort', () => this.#halt(), { once: true });
    if (this.signal.aborted) this.#over.abort();
    this.#places = Array.from({ length: options.count }, () =>
      this.#keep().catch((error: unknown) => this.#fail(error)),
    );
  }

  /** Why they could not go on. */
  get failure(): unknown {
    return this.#failure;
  }

  /** @param rate bytes a second of all together; default no limit. */
  setBandwidth(rate = NO_LIMIT): void {
    this.#bandwidth.rate = rate;
    for (const worker of this.#living) worker.setBandwidth(rate);
  }

  /** As `copyUp`, in the process that has least to do; it has stores of its own. */
  readonly copy = async (file: Task['file'], options: CopyUpOptions): Promise<CopyUpResult> => {
    for (;;) {
      this.#check();
      const [worker] = [...this.#ready]
        .filter(({ alive }) => alive)
        .sort((a, b) => a.busy - b.busy);
      if (worker !== undefined) return worker.copy(file, options);
      await this.#change();
    }
  };

  /** Ends all of them. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort();
    const grace = setTimeout(() => this.#kill(), GRACE);
    for (const worker of this.#living) worker.close();
    await Promise.all(this.#places);
    clearTimeout(grace);
  }

  /** Has one process after the other in a place. */
  async #keep(): Promise<void> {
    for (let barren = 0; !this.#over.signal.aborted; ) {
      const worker = new WorkerProcess(this.#bandwidth, this.#options.execArgv);
      this.#living.add(worker);
      const reason = await this.#use(worker);
      const how = await worker.ended;
      this.#living.delete(worker);
      this.#ready.delete(worker);
      barren = worker.answered ? 0 : barren + 1;
      if (barren === BARREN) this.#fail(reason ?? barrenness(how));
      if (barren > 0) await wait(DELAY * 2 ** (barren - 1), this.#over.signal);
    }
  }

  /** @returns why it could not begin, if it has told. */
  async #use(worker: WorkerProcess): Promise<Error | undefined> {
    const reason = await worker.open({ ...this.#setting, bandwidth: this.#bandwidth.rate });
    if (reason === undefined && worker.alive) {
      this.#ready.add(worker);
      this.#changed();
    } else worker.kill();
    // At the beginning that is the caller's mistake; later the store may be away for a while.
    if (reason !== undefined && !this.#begun) this.#fail(reason);
    return reason;
  }

  #fail(reason: unknown): void {
    if (this.#over.signal.aborted) return;
    this.#failure = reason;
    this.#failed.abort(reason);
  }

  /** Ends what is under way. */
  #halt(): void {
    this.#over.abort();
    for (const worker of this.#living) worker.abort();
    const grace = setTimeout(() => this.#kill(), GRACE);
    void Promise.all(this.#places).then(() => clearTimeout(grace));
    this.#changed();
  }

  #kill(): void {
    for (const worker of this.#living) worker.kill();
  }

  /** @throws why nothing is to be begun. */
  #check(): void {
    if (this.#failure !== undefined) throw this.#failure;
    throwIfAborted(this.signal, { operation: 'migrate' });
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  #changed(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }
}

function barrenness(how: string): StorageError {
  return new StorageError(
    'Unknown',
    `${BARREN} worker processes in a row have ended before they had copied anything, the last one with ${how}. ` +
      'What they print tells more; without workers, this process copies by itself',
    { operation: 'migrate' },
  );
}
