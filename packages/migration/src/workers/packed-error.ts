import { isStorageError, StorageError, type StorageErrorDetails } from '@org/storage-core';

/** An error as it goes from one process to another: a structured clone would lose what is not of `Error`. */
export interface PackedError {
  readonly message: string;
  readonly stack?: string | undefined;
  readonly cause?: PackedError | undefined;
  /** Of a `StorageError`. */
  readonly storage?: Pick<StorageError, 'code'> & Omit<StorageErrorDetails, 'cause'>;
}

/** Causes of causes that are carried along: a chain may be a ring. */
const DEPTH = 5;

export function packed(error: unknown, depth = DEPTH): PackedError {
  if (!(error instanceof Error)) return { message: String(error) };
  const { message, stack, cause } = error;
  const because = cause === undefined || depth === 0 ? undefined : packed(cause, depth - 1);
  const carried = { message, stack, cause: because };
  if (!isStorageError(error)) return carried;
  const { code, retryable, retryAfter, operation, provider, key } = error;
  const known = {
    ...(retryAfter === undefined ? {} : { retryAfter }),
    ...(operation === undefined ? {} : { operation }),
    ...(provider === undefined ? {} : { provider }),
    ...(key === undefined ? {} : { key }),
  };
  return { ...carried, storage: { code, retryable, ...known } };
}

/** The error again, with the stack of the process that met it. */
export function unpacked({ message, stack, cause, storage }: PackedError): Error {
  const because = cause === undefined ? {} : { cause: unpacked(cause) };
  const error =
    storage === undefined
      ? new Error(message, because)
      : new StorageError(storage.code, message, { ...storage, ...because });
  if (stack !== undefined) error.stack = stack;
  return error;
}
