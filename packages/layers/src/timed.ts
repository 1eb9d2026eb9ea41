import { finished } from 'node:stream';
import {
  type Download,
  type HealthReport,
  holdErrors,
  isStorageError,
  type StorageError,
  type StorageProvider,
} from '@org/storage-core';
import type { Call, Run } from './around.js';
import { Deadline } from './deadline.js';
import { described, failure } from './failure.js';
import type { OperationName } from './operations.js';
import { relayed } from './relayed.js';
import { isSignal } from './signal.js';
import { stepwise } from './stepwise.js';
import type { TimeoutOptions } from './timeout.js';

/** They leave nothing behind: none of them is waited for once its time is over. */
const READS: ReadonlySet<OperationName> = new Set<OperationName>([
  'download',
  'stat',
  'exists',
  'list',
  'checkHealth',
  'createDownloadUrl',
  'getTags',
  'listVersions',
  'listUploads',
  'listParts',
]);

const DEFAULT_GRACE = 5_000;

type OnProgress = ((bytes: number) => void) | undefined;

/** Operations of one provider, each within its limit. */
export class Timed {
  readonly #options: TimeoutOptions;
  readonly #provider: StorageProvider;

  constructor(options: TimeoutOptions, provider: StorageProvider) {
    this.#options = options;
    this.#provider = provider;
  }

  async call<T>(call: Call, run: Run<Promise<T>>): Promise<T> {
    const milliseconds = this.#limitOf(call);
    if (milliseconds === undefined) return run();
    const deadline = this.#deadline(call, milliseconds);
    try {
      return await deadline.outcome(run(deadline.signal));
    } finally {
      deadline.end();
    }
  }

  async *listing<T>(call: Call, run: Run<AsyncIterable<T>>): AsyncGenerator<T, void, undefined> {
    const milliseconds = this.#limitOf(call);
    if (milliseconds === undefined) {
      yield* run();
      return;
    }
    const deadline = this.#deadline(call);
    const step = async (next: () => Promise<IteratorResult<T>>) => {
      const timer = deadline.limit(milliseconds, () => this.#tooLong(call, milliseconds));
      try {
        return await deadline.outcome(next());
      } finally {
        deadline.drop(timer);
      }
    };
    try {
      yield* stepwise(run(deadline.signal), step);
    } finally {
      deadline.end();
    }
  }

  /** `run` is given what the upload is to tell its progress to. */
  async upload<T>(
    call: Call,
    onProgress: OnProgress,
    run: (signal: AbortSignal | undefined, onProgress: OnProgress) => Promise<T>,
  ): Promise<T> {
    const milliseconds = this.#limitOf(call);
    const idle = this.#applicable(call, this.#options.uploadIdle);
    if (milliseconds === undefined && idle === undefined) return run(undefined, onProgress);
    const deadline = this.#deadline(call, milliseconds);
    try {
      if (idle === undefined || !isOptionalFunction(onProgress))
        return await deadline.outcome(run(deadline.signal, onProgress));
      const timer = deadline.limit(idle, () =>
        this.#timeout(call, `${described(call)} made no progress for ${idle} ms`),
      );
      const progress = (bytes: number) => {
        deadline.again(timer);
        onProgress?.(bytes);
      };
      return await deadline.outcome(run(deadline.signal, progress));
    } finally {
      deadline.end();
    }
  }

  async download(call: Call, run: Run<Promise<Download>>): Promise<Download> {
    const milliseconds = this.#limitOf(call);
    if (milliseconds === undefined) return this.#withIdleLimit(call, await run());
    const deadline = this.#deadline(call, milliseconds);
    try {
      const download = await deadline.outcome(run(deadline.signal), ({ body }) => {
        holdErrors(body);
        body.destroy();
      });
      deadline.stop();
      finished(download.body, { writable: false }, () => deadline.end()); // until then the caller's signal reaches the body
      return this.#withIdleLimit(call, download);
    } catch (error) {
      deadline.end();
      throw error;
    }
  }

  /** A store that does not answer in time is unhealthy, which is no failure of the question. */
  async health(call: Call, run: Run<Promise<HealthReport>>): Promise<HealthReport> {
    const began = performance.now();
    try {
      return await this.call(call, run);
    } catch (error) {
      if (!isStorageError(error, 'Timeout') || call.signal?.aborted) throw error;
      return { healthy: false, latency: performance.now() - began, error };
    }
  }

  #withIdleLimit(call: Call, download: Download): Download {
    const idle = this.#applicable(call, this.#options.downloadIdle);
    if (idle === undefined) return download;
    let timer: NodeJS.Timeout | undefined;
    const rests = () => clearTimeout(timer);
    const waits = () => {
      rests();
      timer = setTimeout(() => {
        body.destroy(this.#timeout(call, `the body of ${call.key} gave nothing for ${idle} ms`));
      }, idle);
    };
    const body = relayed(download.body, { waits, rests });
    return { ...download, body };
  }

  #deadline(call: Call, milliseconds?: number): Deadline {
    const grace = READS.has(call.operation) ? 0 : (this.#options.grace ?? DEFAULT_GRACE);
    const deadline = new Deadline(call.signal, grace);
    if (milliseconds !== undefined)
      deadline.limit(milliseconds, () => this.#tooLong(call, milliseconds));
    return deadline;
  }

  #limitOf(call: Call): number | undefined {
    const { milliseconds, operations } = this.#options;
    const general = call.operation === 'upload' ? undefined : milliseconds;
    return this.#applicable(call, operations?.[call.operation] ?? general);
  }

  /** A signal that is none is for the provider to refuse, and not to be replaced. */
  #applicable(call: Call, milliseconds: number | undefined): number | undefined {
    if (milliseconds === Number.POSITIVE_INFINITY) return undefined;
    return call.signal === undefined || isSignal(call.signal) ? milliseconds : undefined;
  }

  #tooLong(call: Call, milliseconds: number): StorageError {
    return this.#timeout(call, `${described(call)} took longer than ${milliseconds} ms`);
  }

  #timeout(call: Call, message: string): StorageError {
    return failure(this.#provider, call, 'Timeout', message);
  }
}

function isOptionalFunction(value: unknown): boolean {
  return value === undefined || typeof value === 'function';
}
