import { setTimeout as wait } from 'node:timers/promises';
import {
  abortError,
  eventChannel,
  isStorageError,
  type RetryEvent,
  type StorageError,
} from '@org/storage-core';
import { ExponentialBackoff, type IBackoff } from 'cockatiel';
import type { Call } from './around.js';
import { isSignal } from './signal.js';

const retries = eventChannel('org.storage.retry');

/** Milliseconds, the longest that a store is obeyed which asks not to be called again. */
const LONGEST_ASKED = 60_000;

export interface Pace {
  /** In all, the first included. */
  readonly attempts: number;
  /** Milliseconds. */
  readonly initialDelay: number;
  /** Milliseconds. */
  readonly maxDelay: number;
}

/** The attempts at one operation, and the pauses between them: exponentially longer, with cockatiel's decorrelated jitter. */
export class Attempts {
  readonly #pace: Pace;
  readonly #call: Call;
  readonly #provider: string;
  #failed = 0;
  #backoff: IBackoff<unknown> | undefined;

  constructor(pace: Pace, provider: string, call: Call) {
    this.#pace = pace;
    this.#provider = provider;
    this.#call = call;
  }

  /** Waits until it is time for the next attempt; throws `error` if there is to be none. */
  async after(error: unknown, again: (error: StorageError) => boolean): Promise<void> {
    this.#failed++;
    if (this.#failed >= this.#pace.attempts || !isStorageError(error) || !again(error)) throw error;
    const { operation, key, signal } = this.#call;
    if (signal?.aborted) throw error;
    const place = { operation, provider: this.#provider, ...(key === undefined ? {} : { key }) };
    const { initialDelay, maxDelay } = this.#pace;
    this.#backoff = (this.#backoff ?? new ExponentialBackoff({ initialDelay, maxDelay })).next(
      undefined,
    );
    const asked = Math.min(error.retryAfter ?? 0, LONGEST_ASKED);
    const delay = Math.round(asked + this.#backoff.duration);
    if (retries.hasSubscribers) {
      const event: RetryEvent = { ...place, attempt: this.#failed, delay, error };
      retries.publish(event);
    }
    if (!isSignal(signal)) return wait(delay);
    await wait(delay, undefined, { signal }).catch(() => {
      throw abortError(signal, place);
    });
  }

  /** Something was achieved: what fails from here on is a new trouble. */
  reset(): void {
    this.#failed = 0;
    this.#backoff = undefined;
  }
}

/** Runs the operation until it succeeds, or fails in a way that is not to be repeated. */
export async function repeat<T>(
  attempts: Attempts,
  again: (error: StorageError) => boolean,
  run: () => Promise<T>,
): Promise<T> {
  for (;;) {
    try {
      return await run();
    } catch (error) {
      await attempts.after(error, again);
    }
  }
}
