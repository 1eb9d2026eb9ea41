import type { Key } from './key.js';

/**
 * What went wrong, as a closed list that callers can switch over.
 *
 * | code | meaning |
 * | --- | --- |
 * | `NotFound` | no such file, bucket or root |
 * | `AlreadyExists` | a create-only write met a file |
 * | `PreconditionFailed` | the file is not the version that the condition names |
 * | `InvalidKey` | the key is malformed, or this provider can't hold it |
 * | `InvalidRange` | the range starts behind the end of the file |
 * | `InvalidArgument` | an option has a wrong value |
 * | `AccessDenied` | credentials are missing, wrong or not sufficient |
 * | `Unavailable` | the store can't be reached or answers with a server error |
 * | `Timeout` | no answer in time; the effect may or may not have happened |
 * | `Throttled` | the store asks to slow down |
 * | `Aborted` | the caller's signal fired |
 * | `ChecksumMismatch` | the bytes are not those that were announced or stored |
 * | `TooLarge` | beyond a limit of the store or of the caller |
 * | `QuotaExceeded` | the disk or the account is full |
 * | `Unsupported` | this provider or server can't do it |
 * | `Conflict` | a concurrent change got in the way; the same call may succeed now |
 * | `Unknown` | anything else, with the original error as `cause` |
 */
export type StorageErrorCode =
  | 'NotFound'
  | 'AlreadyExists'
  | 'PreconditionFailed'
  | 'InvalidKey'
  | 'InvalidRange'
  | 'InvalidArgument'
  | 'AccessDenied'
  | 'Unavailable'
  | 'Timeout'
  | 'Throttled'
  | 'Aborted'
  | 'ChecksumMismatch'
  | 'TooLarge'
  | 'QuotaExceeded'
  | 'Unsupported'
  | 'Conflict'
  | 'Unknown';

/** Codes that a later identical attempt can turn into success. */
const RETRYABLE: ReadonlySet<StorageErrorCode> = new Set([
  'Unavailable',
  'Timeout',
  'Throttled',
  'Conflict',
]);

export interface StorageErrorDetails {
  /** Name of the operation, as in the contract: `upload`, `list`, … */
  readonly operation?: string;
  /** Name of the provider that failed. */
  readonly provider?: string;
  readonly key?: Key | string;
  readonly cause?: unknown;
  /** Overrides what follows from the code. */
  readonly retryable?: boolean;
  /** Milliseconds. */
  readonly retryAfter?: number | undefined;
}

/** Registered globally, so that copies of this package (ESM beside CommonJS, two versions) know each other's errors. */
const BRAND = Symbol.for('org.storage.StorageError');

/** The one error class of the family. Its message never holds a secret. */
export class StorageError extends Error {
  override readonly name = 'StorageError';
  readonly code: StorageErrorCode;
  /** Whether the same call, made again, may succeed. */
  readonly retryable: boolean;
  /** Milliseconds for which the store has asked not to be called again, if it has. */
  readonly retryAfter: number | undefined;
  readonly operation: string | undefined;
  readonly provider: string | undefined;
  readonly key: string | undefined;
  readonly [BRAND] = true;

  constructor(code: StorageErrorCode, message: string, details: StorageErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.retryable = details.retryable ?? RETRYABLE.has(code);
    this.retryAfter = details.retryAfter;
    this.operation = details.operation;
    this.provider = details.provider;
    this.key = details.key;
  }
}

/**
 * Whether `error` is a {@link StorageError}, of any copy of this package, and of the given code if one is given.
 */
export function isStorageError<Code extends StorageErrorCode = StorageErrorCode>(
  error: unknown,
  code?: Code,
): error is StorageError & { readonly code: Code } {
  if (typeof error !== 'object' || error === null || !(BRAND in error)) return false;
  return code === undefined || (error as StorageError).code === code;
}

/**
 * The error that a caller sees when `signal` has fired: `Timeout` for `AbortSignal.timeout()`, else `Aborted`.
 */
export function abortError(signal: AbortSignal, details: StorageErrorDetails = {}): StorageError {
  const reason: unknown = signal.reason;
  // Not by `instanceof`: the reason may come from another realm.
  const timedOut = (reason as { readonly name?: unknown } | null)?.name === 'TimeoutError';
  return new StorageError(
    timedOut ? 'Timeout' : 'Aborted',
    timedOut ? 'the operation took longer than allowed' : 'the operation was aborted by the caller',
    { ...details, cause: reason },
  );
}

/** Throws {@link abortError} if `signal` has fired. */
export function throwIfAborted(
  signal: AbortSignal | undefined,
  details?: StorageErrorDetails,
): void {
  if (signal?.aborted) throw abortError(signal, details);
}
