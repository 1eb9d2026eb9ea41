import {
  asStorageError,
  StorageError,
  type StorageErrorCode,
  type StorageErrorDetails,
  type StorageProvider,
} from '@org/storage-core';
import type { Call } from './around.js';

type Named = Pick<StorageProvider, 'name'>;

/** An error that a layer itself raises, with the place where it happened. */
export function failure(
  { name }: Named,
  { operation, key }: Call,
  code: StorageErrorCode,
  message: string,
  details: StorageErrorDetails = {},
): StorageError {
  return new StorageError(code, message, {
    operation,
    provider: name,
    ...(key === undefined ? {} : { key }),
    ...details,
  });
}

/** Gives an error that was thrown within a layer the place where it happened, if it has none yet. */
export function placed({ name }: Named, call: Call, error: unknown): StorageError {
  return asStorageError(error, { ...call, provider: name });
}

/** What the call was to do, for people: `stat of a/b`. */
export function described({ operation, key }: Call): string {
  return key === undefined ? operation : `${operation} of ${key}`;
}
