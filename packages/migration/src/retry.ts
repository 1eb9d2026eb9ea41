import { setTimeout as sleep } from 'node:timers/promises';
import { abortError, isStorageError, StorageError } from '@org/storage-core';

export interface RetryOptions {
  /** Attempts in all, the first included. Default 5. */
  readonly attempts?: number;
  /** Upper bound of the first delay, in milliseconds; it doubles with each attempt. Default 200. */
  readonly firstDelay?: number;
  /** Upper bound of every delay, in milliseconds, to which is added what the store asks for, up to a minute. Default 20,000. */
  readonly maxDelay?: number;
}

export interface Retried {
  /** The attempt that failed, counted from 1. */
  readonly attempt: number;
  /** Milliseconds until the next. */
  readonly delay: number;
  readonly error: StorageError;
}

/** Milliseconds, the longest that a store is obeyed which asks not to be called again. */
const LONGEST_ASKED = 60_000;

/**
 * Repeats what fails with a retryable `StorageError`, after a random part of an exponentially growing delay ("full
 * jitter", https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/), and not before the time that the store has
 * asked for (`retryAfter`). The signal ends a delay at once.
 */
export async function retry<T>(
  run: (attempt: number) => Promise<T>,
  options: RetryOptions,
  signal: AbortSignal | undefined,
  onRetry: (retried: Retried) => void,
): Promise<T> {
  const { attempts = 5, firstDelay = 200, maxDelay = 20_000 } = options;
  for (let attempt = 1; ; attempt++) {
    try {
      return await run(attempt);
    } catch (error) {
      if (!isStorageError(error) || !error.retryable || attempt >= attempts) throw error;
      const own = Math.random() * Math.min(maxDelay, firstDelay * 2 ** (attempt - 1));
      const delay = Math.round(Math.min(error.retryAfter ?? 0, LONGEST_ASKED) + own);
      onRetry({ attempt, delay, error });
      await pause(delay, signal);
    }
  }
}

async function pause(delay: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(delay, undefined, signal === undefined ? {} : { signal });
  } catch (cause) {
    throw signal === undefined
      ? new StorageError('Aborted', 'the delay was aborted', { cause })
      : abortError(signal);
  }
}
