import type { StorageError, StorageErrorCode } from '@org/storage-core';

/** Reasons that lie outside a file: the next one will meet them too. */
const NOT_THE_FILES: readonly StorageErrorCode[] = [
  'Unavailable',
  'Timeout',
  'Throttled',
  'AccessDenied',
  'QuotaExceeded',
];

/** Ends a run when so many files in a row fail for a reason that is not theirs. */
export class FailureLimit {
  readonly #limit: number;
  readonly #halt = new AbortController();
  #inARow = 0;
  #reason: StorageError | undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Fires when the limit is reached. */
  get signal(): AbortSignal {
    return this.#halt.signal;
  }

  /** Why it was reached. */
  get reason(): StorageError | undefined {
    return this.#reason;
  }

  /** @param error With which the next file has failed, if it has. */
  record(error: StorageError | undefined): void {
    const outside = error !== undefined && NOT_THE_FILES.includes(error.code);
    this.#inARow = outside ? this.#inARow + 1 : 0;
    if (this.#inARow < this.#limit) return;
    this.#reason ??= error;
    this.#halt.abort();
  }
}
