import { isStorageError, type StorageError } from '@org/storage-core';
import { isBrokenCircuitError } from 'cockatiel';

/** For operations that may be done twice with the same result. */
export function mayPass(error: StorageError): boolean {
  return error.retryable;
}

/**
 * For operations that must not be done twice: whether the error says that nothing was done. After `Unavailable` and `Timeout`
 * nobody knows: the store may have done it, and only the answer was lost.
 */
export function nothingWasDone(error: StorageError): boolean {
  if (!error.retryable) return false;
  return isStorageError(error, 'Throttled') || isStorageError(error, 'Conflict') || refused(error);
}

/** An open circuit let nothing through to the store. */
function refused({ cause }: StorageError): boolean {
  return cause instanceof Error && isBrokenCircuitError(cause);
}
