import { asStorageError, StorageError, type StorageErrorCode } from '@org/storage-core';

/** Where a request was made. */
export interface Place {
  readonly provider: string;
  readonly operation: string;
  readonly key?: string;
}

/** An error of a store. Without a stack: taking one lasts longer than several steps, and the trace tells more. */
export function failure(
  code: StorageErrorCode,
  message: string,
  { provider, operation, key }: Place,
  retryable?: boolean,
): StorageError {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return new StorageError(code, message, {
      provider,
      operation,
      ...(key === undefined ? {} : { key }),
      ...(retryable === undefined ? {} : { retryable }),
    });
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/** What core checks, with the place in its error. */
export function checkedAt<T>(place: Place, check: () => T): T {
  try {
    return check();
  } catch (error) {
    throw asStorageError(error, place);
  }
}
