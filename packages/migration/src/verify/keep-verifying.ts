import { isStorageError, type StorageError } from '@org/storage-core';
import { type Wait, wait as waitByTimer } from '../wait.js';
import type { SampleSize } from './sample.js';
import { type VerificationReport, type VerifyOptions, verify } from './verify.js';

export interface KeepVerifyingOptions extends Omit<VerifyOptions, 'sample' | 'stop'> {
  /** Picked anew each time. */
  readonly sample: SampleSize;
  /** Milliseconds from the end of one verification to the beginning of the next. */
  readonly every: number;
  /** When it fires, the files in flight are finished, and it ends. */
  readonly stop: AbortSignal;
  readonly onReport: (report: VerificationReport) => void;
  /** Told why a verification could not be made; the next one is made all the same. */
  readonly onFailure: (error: StorageError) => void;
  /** Default by a timer. */
  readonly wait?: Wait;
}

/**
 * Verifies a random sample every so often, until it is stopped.
 * @throws StorageError `Aborted` by `signal`; what is no `StorageError`.
 */
export async function keepVerifying(options: KeepVerifyingOptions): Promise<void> {
  const { every, stop, signal, onReport, onFailure, wait = waitByTimer, ...others } = options;
  const rest = signal === undefined ? stop : AbortSignal.any([stop, signal]);
  while (!rest.aborted) {
    try {
      onReport(await verify({ ...others, stop, ...(signal === undefined ? {} : { signal }) }));
    } catch (error) {
      if (!isStorageError(error) || signal?.aborted) throw error;
      onFailure(error);
    }
    await wait(every, rest);
  }
}
