import { isStorageError, StorageError } from './error.js';
import { eventChannel } from './events.js';
import { newHealthKey } from './health-key.js';
import { sweepTrials, tryFile } from './health-trial.js';
import { asStorageError } from './operation.js';
import type { HealthReport, StorageProvider } from './provider.js';

export interface HealthCheckOptions {
  /** Milliseconds for which an answer is believed: however many ask, the store is asked no more than that. Default 5,000. */
  readonly every?: number | undefined;
  /** Milliseconds from one trial that succeeded to the next. After one that failed, each check tries. Default 60,000. */
  readonly writeEvery?: number | undefined;
  /** Milliseconds after which an answer is given, whatever the store does. Default 10,000. */
  readonly timeout?: number | undefined;
  /** Whether to write at all, asked for each check: `() => false` for a store that is only read from. Default: always. */
  readonly writes?: (() => boolean) | undefined;
  /** Milliseconds that only go forward. Default `performance.now`. */
  readonly now?: (() => number) | undefined;
}

/** Milliseconds between two looks for what killed checks have left. */
const SWEEP_EVERY = 60 * 60_000;

const WRITES = eventChannel('org.storage.health');

/**
 * Whether a store can be used: it answers `checkHealth`, and, from time to time, it lets a small file be created where there is none, read
 * back, and deleted as that version. The file has a random key below {@link HEALTH_PREFIX}, so that any number of processes check one
 * store without disturbing each other; what one has left that was killed is removed by others, from an hour later on. Each trial is told
 * on the channel `org.storage.health`.
 *
 * Meant for a store itself, such as a directory or a bucket. Of a store made of two, make one for each side: a delete would leave a
 * tombstone. Below a layer that changes keys, hand in what is below it, since nobody else knows the keys for what they are.
 * In a bucket with versions, each trial leaves a version and a marker, which a lifecycle rule for old versions removes.
 */
export class HealthCheck implements AsyncDisposable {
  readonly #provider: StorageProvider;
  readonly #every: number;
  readonly #writeEvery: number;
  readonly #timeout: number;
  readonly #writes: () => boolean;
  readonly #now: () => number;
  readonly #end = new AbortController();
  #known: { readonly report: HealthReport; readonly until: number } | undefined;
  #checking: Promise<HealthReport> | undefined;
  /** Of what was begun, how much has not ended: between two checks, what has not although its time was up. */
  #hanging = 0;
  #tidying: Promise<void> = Promise.resolve();
  #nextTrial = Number.NEGATIVE_INFINITY;
  #nextSweep = Number.NEGATIVE_INFINITY;

  /** @throws StorageError `InvalidArgument` for times that are none. */
  constructor(provider: StorageProvider, options: HealthCheckOptions = {}) {
    const { every = 5_000, writeEvery = 60_000, timeout = 10_000 } = options;
    for (const [name, time] of Object.entries({ every, writeEvery, timeout }))
      if (!(Number.isFinite(time) && time >= 0))
        throw new StorageError('InvalidArgument', `${name} is a time in milliseconds, 0 or more`);
    this.#provider = provider;
    this.#every = every;
    this.#writeEvery = writeEvery;
    this.#timeout = timeout;
    this.#writes = options.writes ?? (() => true);
    this.#now = options.now ?? (() => performance.now());
  }

  /** Does not fail. After {@link close}, the store is unhealthy. */
  check(): Promise<HealthReport> {
    const known = this.#known;
    if (known !== undefined && this.#now() < known.until) return Promise.resolve(known.report);
    this.#checking ??= this.#check().finally(() => {
      this.#checking = undefined;
    });
    return this.#checking;
  }

  /** Ends what is under way. The store is left open. */
  async close(): Promise<void> {
    this.#end.abort();
    await this.#checking;
    await this.#tidying;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #check(): Promise<HealthReport> {
    const begun = performance.now();
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(this.#late()), this.#timeout);
    let report: HealthReport;
    try {
      if (this.#end.signal.aborted) throw this.#closed();
      if (this.#hanging > 0) throw this.#late();
      const signal = AbortSignal.any([this.#end.signal, limit.signal]);
      report = await this.#bounded(this.#look(begun, signal), signal);
    } catch (error) {
      report = { healthy: false, latency: performance.now() - begun, error: this.#errorOf(error) };
    } finally {
      clearTimeout(timer);
    }
    this.#known = { report, until: this.#now() + this.#every };
    return report;
  }

  async #look(begun: number, signal: AbortSignal): Promise<HealthReport> {
    const read = await this.#provider.checkHealth({ signal });
    signal.throwIfAborted();
    if (!read.healthy || !this.#writes()) return read;
    const error = this.#now() >= this.#nextTrial ? await this.#try(signal) : undefined;
    if (error === undefined) return { healthy: true, latency: performance.now() - begun };
    return { healthy: false, latency: performance.now() - begun, error };
  }

  /** After a trial that failed, the next one is due at once. @returns why it failed. */
  async #try(signal: AbortSignal): Promise<StorageError | undefined> {
    const key = newHealthKey();
    const begun = performance.now();
    let failure: StorageError | undefined;
    const trial = tryFile(this.#provider, key, signal);
    try {
      const { lastModified } = await this.#bounded(trial, signal);
      this.#nextTrial = this.#now() + this.#writeEvery;
      if (this.#now() >= this.#nextSweep) {
        this.#nextSweep = this.#now() + SWEEP_EVERY;
        this.#tidy((soon) => sweepTrials(this.#provider, lastModified, soon));
      }
    } catch (error) {
      // Once it has ended, since it may write the file as late as then.
      this.#tidy(async (soon) => {
        await Promise.race([trial.catch(() => {}), untilAborted(soon)]);
        await this.#provider.delete(key, { signal: soon });
      });
      if (this.#end.signal.aborted) throw error;
      failure = this.#errorOf(error);
    }
    this.#tell(performance.now() - begun, failure);
    return failure;
  }

  #tell(latency: number, error: StorageError | undefined): void {
    if (!WRITES.hasSubscribers) return;
    const { name: provider } = this.#provider;
    WRITES.publish({
      ...{ provider, latency, healthy: error === undefined },
      ...(error === undefined ? {} : { error }),
    });
  }

  /** Cares for the traces of trials, beside all checks: what can't be removed is left to a later sweep. */
  #tidy(run: (signal: AbortSignal) => Promise<void>): void {
    const soon = AbortSignal.timeout(this.#timeout);
    const before = this.#tidying;
    this.#tidying = Promise.race([run(soon), untilAborted(soon)])
      .catch(() => {})
      .then(() => before);
  }

  /**
   * Does not wait for what does not heed the signal; as long as that hangs, nothing else is begun.
   * @throws the signal's reason, or what it fails with.
   */
  async #bounded<T>(running: Promise<T>, signal: AbortSignal): Promise<T> {
    this.#hanging += 1;
    const over = () => {
      this.#hanging -= 1;
    };
    running.then(over, over);
    try {
      return await Promise.race([running, untilAborted(signal)]);
    } catch (error) {
      if (signal.aborted) throw this.#end.signal.aborted ? this.#closed() : signal.reason;
      throw error;
    }
  }

  #late(): StorageError {
    const { name: provider } = this.#provider;
    const seconds = this.#timeout / 1000;
    return new StorageError(
      'Timeout',
      `${provider} has not answered a health check within ${seconds} s: is its server, its disk or its mount away?`,
      { operation: 'checkHealth', provider },
    );
  }

  #closed(): StorageError {
    const { name: provider } = this.#provider;
    const details = { operation: 'checkHealth', provider, retryable: false };
    return new StorageError('Unavailable', `the health check of ${provider} is closed`, details);
  }

  #errorOf(error: unknown): StorageError {
    if (isStorageError(error)) return error;
    return asStorageError(error, { operation: 'checkHealth', provider: this.#provider.name });
  }
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const fail = () => reject(signal.reason);
    if (signal.aborted) fail();
    else signal.addEventListener('abort', fail, { once: true });
  });
}
