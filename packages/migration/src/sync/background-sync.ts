import { eventChannel, isStorageError, StorageError } from '@org/storage-core';
import type { FleetLease } from '@org/storage-hybrid';
import { type MigrateOptions, type MigrationReport, migrate } from '../backfill/migrate.js';
import type { SampleSize } from '../verify/sample.js';
import { type VerificationReport, verify } from '../verify/verify.js';
import { type Wait, wait as waitByTimer } from '../wait.js';

export interface BackgroundSyncOptions
  extends Omit<MigrateOptions, 'live' | 'missing' | 'stop' | 'signal'> {
  /**
   * Whether an application works on both stores meanwhile. A function gets the fleet's lease for each round, and the round releases it:
   * between two rounds, processes may go back a mode. Default `false`.
   */
  readonly live?: boolean | (() => Promise<Pick<FleetLease, 'check' | 'release'>>);
  /** Milliseconds from the end of a round to the next. Default a quarter of an hour. */
  readonly every?: number;
  /** Verified after each round in which nothing was left open: a random sample. Default none. */
  readonly sample?: SampleSize;
  /** Milliseconds after the first round that failed; doubled with each one more, up to `every`. Default 10,000. */
  readonly firstDelay?: number;
  /** So many rounds in a row that fail make it unhealthy. Default 3. */
  readonly patience?: number;
  readonly onReport?: (report: MigrationReport | VerificationReport) => void;
  /** Told why a round failed; the next one is made all the same. */
  readonly onFailure?: (error: StorageError) => void;
  /** Default by a timer. */
  readonly wait?: Wait;
}

export interface SyncStatus {
  readonly state: 'idle' | 'migrating' | 'verifying' | 'waiting' | 'ended';
  /** Whether not too many rounds in a row have failed, and it has not come to an end by itself. */
  readonly healthy: boolean;
  /** Rounds that came to their end. */
  readonly rounds: number;
  /** Rounds that failed, since the last one that did not. */
  readonly failures: number;
  /** Of the last round that failed, until one does not. */
  readonly error?: string;
  /** Of the last migration. */
  readonly outcome?: MigrationReport['outcome'];
  /** Files that the last migration left open. */
  readonly unresolved?: number;
}

/** A migration that is made again and again, until it is stopped. */
export interface BackgroundSync extends AsyncDisposable {
  readonly status: SyncStatus;
  /** Resolves when it has been stopped; rejects with what no further round could mend, such as a failed assertion. */
  readonly ended: Promise<void>;
  /** The files in flight are finished, and no other is begun. Resolves as {@link ended}. */
  stop(): Promise<void>;
}

const MINUTE = 60_000;

const rounds = eventChannel('org.storage.sync');

/**
 * Begins to migrate in the background, unattended: a round copies what the target does not have, verifies a sample, and is made again
 * after a while. A round that can't be made, since a store, the journal or the fleet is not to be had, is made again sooner, and then
 * ever later. Time windows and limits are those of {@link migrate}, and hold within a round.
 *
 * @throws StorageError `InvalidArgument`.
 */
export function createBackgroundSync(options: BackgroundSyncOptions): BackgroundSync {
  return new Sync(options);
}

class Sync implements BackgroundSync {
  readonly ended: Promise<void>;
  readonly #options: BackgroundSyncOptions;
  readonly #stop = new AbortController();
  #status: Omit<SyncStatus, 'healthy'> = { state: 'idle', rounds: 0, failures: 0 };
  #broken = false;

  constructor(options: BackgroundSyncOptions) {
    const { every = 15 * MINUTE, firstDelay = 10_000, patience = 3 } = options;
    for (const [name, value] of Object.entries({ every, firstDelay, patience })) {
      if (!(value > 0))
        throw new StorageError('InvalidArgument', `${name} is ${value}; it has to be above 0`);
    }
    this.#options = options;
    this.ended = this.#run(every, firstDelay).finally(() => this.#is({ state: 'ended' }));
    this.ended.catch(() => {
      this.#broken = true;
    });
  }

  get status(): SyncStatus {
    const { patience = 3 } = this.#options;
    return { ...this.#status, healthy: !this.#broken && this.#status.failures < patience };
  }

  stop(): Promise<void> {
    this.#stop.abort();
    return this.ended;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #is(change: Partial<SyncStatus>): void {
    this.#status = { ...this.#status, ...change };
  }

  async #run(every: number, firstDelay: number): Promise<void> {
    const { wait = waitByTimer } = this.#options;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await this.#round();
      if (signal.aborted) break;
      const { failures } = this.#status;
      this.#is({ state: 'waiting' });
      await wait(
        failures === 0 ? every : Math.min(every, firstDelay * 2 ** (failures - 1)),
        signal,
      );
    }
  }

  async #round(): Promise<void> {
    const { onFailure } = this.#options;
    try {
      const failure = await this.#migrate();
      const { error: _, ...well } = this.#status;
      const { rounds, failures } = well;
      this.#status =
        failure === undefined
          ? { ...well, rounds: rounds + 1, failures: 0 }
          : { ...well, rounds: rounds + 1, failures: failures + 1, error: failure.message };
      this.#tell(failure);
      if (failure !== undefined) onFailure?.(failure);
    } catch (error) {
      if (!isStorageError(error)) throw error;
      this.#is({ failures: this.#status.failures + 1, error: error.message });
      this.#tell(error);
      onFailure?.(error);
    }
  }

  #tell(error: StorageError | undefined): void {
    if (!rounds.hasSubscribers) return;
    const { failures, healthy } = this.status;
    rounds.publish({
      ...{ type: 'round', failures, healthy },
      ...(error === undefined ? {} : { error }),
    });
  }

  /** @returns why it was stopped by too many failures, or what a verification found. */
  async #migrate(): Promise<StorageError | undefined> {
    const { live = false, onReport, sample, wait: _, ...options } = this.#options;
    const stop = this.#stop.signal;
    this.#is({ state: 'migrating' });
    const lease = typeof live === 'function' ? await live() : undefined;
    try {
      const report = await migrate({ ...options, live: lease ?? live === true, stop });
      this.#is({ outcome: report.outcome, unresolved: report.unresolved });
      onReport?.(report);
      if (!isAllCopied(report) || sample === undefined) return report.reason;
    } finally {
      await lease?.release();
    }
    this.#is({ state: 'verifying' });
    const { source, target, journal, retry, onEvent, accept } = options;
    const found = await verify({
      ...{ source, target, journal, sample, live: live !== false, stop },
      ...(retry === undefined ? {} : { retry }),
      ...(onEvent === undefined ? {} : { onEvent }),
      ...(accept === undefined ? {} : { accept }),
    });
    onReport?.(found);
    if (found.outcome !== 'failed') return found.reason;
    return new StorageError(
      'ChecksumMismatch',
      'a verification has found files that are not as they should be: storage status --problems lists them',
    );
  }
}

/** What is only missing from the target is a verification's to tell again. */
function isAllCopied({ outcome, unresolved, verified }: MigrationReport): boolean {
  if (outcome === 'complete') return true;
  return outcome === 'incomplete' && unresolved === verified.missing;
}
