import { StorageError } from '@org/storage-core';

/** @returns what an operator is told of something that can't be done now. */
export function refused(why: string): StorageError {
  return new StorageError('Conflict', why, { retryable: false });
}
