import type { StorageError, StorageErrorCode } from '@org/storage-core';
import type { HttpRequest, HttpResponse } from '../message.js';
import { problem } from './problem.js';

/**
 * The status of each code. `Aborted` is nginx's 499, which stands in logs alone: the client has gone. That a store is `Throttled` is no
 * fault of the client, as 429 would have it. A checksum that does not match is
 * the client's mistake only where it has sent the content; a file that changed meanwhile is one to ask for again.
 */
const STATUS: Readonly<Record<StorageErrorCode, number>> = {
  NotFound: 404,
  AlreadyExists: 412,
  PreconditionFailed: 412,
  InvalidKey: 400,
  InvalidRange: 416,
  InvalidArgument: 400,
  AccessDenied: 403,
  Unavailable: 503,
  Timeout: 504,
  Throttled: 503,
  Aborted: 499,
  ChecksumMismatch: 400,
  TooLarge: 413,
  QuotaExceeded: 507,
  Unsupported: 501,
  Conflict: 409,
  Unknown: 500,
};

/** Where a file is read: no key but a valid one names a file, and what does not match is ours. */
const READING: Readonly<Partial<Record<StorageErrorCode, number>>> = {
  InvalidKey: 404,
  ChecksumMismatch: 500,
  Conflict: 503,
};

/** Seconds that a client is asked to wait where the store has not said how long. */
const RETRY_AFTER = 5;

/**
 * What a client is told of a storage error: the status, the code, and `Retry-After` where the same request may succeed later. Nothing of
 * the message, which may name keys and places.
 * @param request what failed; the default is one that writes.
 */
export function errorResponse(
  error: StorageError,
  request?: Pick<HttpRequest, 'method'>,
): HttpResponse {
  const { code, retryAfter } = error;
  const reading = request?.method === 'GET' || request?.method === 'HEAD';
  const status = (reading ? READING[code] : undefined) ?? STATUS[code] ?? 500;
  const seconds =
    retryAfter === undefined ? RETRY_AFTER : Math.max(1, Math.ceil(retryAfter / 1000));
  const waits = status === 503 || status === 504;
  return problem(status, { code, headers: waits ? { 'retry-after': String(seconds) } : {} });
}
