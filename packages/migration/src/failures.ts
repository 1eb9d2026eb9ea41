import { StorageError, type StorageErrorCode } from '@org/storage-core';
import { counted } from './report/format.js';

/** How many files of a run may fail: a number of files, or a share of those that the run has to look at. */
export type FailureBudget = number | { readonly share: number };

/** Reasons that lie outside a file: the next one will meet them too. */
const NOT_THE_FILES: readonly StorageErrorCode[] = [
  'Unavailable',
  'Timeout',
  'Throttled',
  'AccessDenied',
  'QuotaExceeded',
];

/** Tells when so many files have failed that to go on would only be a burden on the stores. */
export class Failures {
  readonly #inARow: number;
  readonly #budget: number;
  readonly #halt = new AbortController();
  #failed = 0;
  #outside = 0;
  #reason: StorageError | undefined;

  /**
   * @param limits `inARow`: of files that failed for a reason that is not theirs; `budget`: of all that may fail.
   * @param files that the run has to look at.
   * @throws StorageError `InvalidArgument`.
   */
  constructor(
    {
      inARow = 50,
      budget,
    }: { readonly inARow?: number | undefined; readonly budget?: FailureBudget | undefined },
    files = 0,
  ) {
    checkFailureBudget(budget);
    this.#inARow = inARow;
    this.#budget =
      typeof budget === 'object' ? budget.share * files : (budget ?? Number.POSITIVE_INFINITY);
  }

  /** Fires when the run has to stop. */
  get signal(): AbortSignal {
    return this.#halt.signal;
  }

  /** Why it has to. */
  get reason(): StorageError | undefined {
    return this.#reason;
  }

  /**
   * Takes the end of a file.
   * @param error that it failed with.
   */
  note(error: StorageError | undefined): void {
    if (error === undefined) {
      this.#outside = 0;
      return;
    }
    this.#failed++;
    this.#outside = NOT_THE_FILES.includes(error.code) ? this.#outside + 1 : 0;
    if (this.#outside >= this.#inARow)
      this.#stop(`${counted(this.#outside, 'file')} in a row failed`, error);
    if (this.#failed > this.#budget)
      this.#stop(`${counted(this.#failed, 'file')} failed, more than the run may have`, error);
  }

  #stop(what: string, last: StorageError): void {
    this.#reason ??= because(what, last);
    this.#halt.abort();
  }
}

/** @throws StorageError `InvalidArgument`. */
export function checkFailureBudget(budget: FailureBudget | undefined): void {
  if (budget === undefined) return;
  const value = typeof budget === 'object' ? budget.share : budget;
  if (value >= 0 && (typeof budget === 'number' || value <= 1)) return;
  throw new StorageError(
    'InvalidArgument',
    'a failure budget is a number of files, 0 or more, or a share from 0 to 1',
  );
}

function because(what: string, last: StorageError): StorageError {
  const { code, retryable, retryAfter, operation, provider, key } = last;
  return new StorageError(code, `${what}, the last one thus: ${last.message}`, {
    cause: last,
    retryable,
    retryAfter,
    ...(operation === undefined ? {} : { operation }),
    ...(provider === undefined ? {} : { provider }),
    ...(key === undefined ? {} : { key }),
  });
}
