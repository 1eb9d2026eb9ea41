import { type Body, discardBody, holdErrors } from './body.js';
import { tellBody } from './body-events.js';
import { abortError, isStorageError, StorageError, throwIfAborted } from './error.js';
import { traced, tracedListing } from './tracing.js';

/** What an error should tell of where it happened. */
export interface OperationContext {
  /** As in the contract: `upload`, `list`, … */
  readonly operation: string;
  /** Name of the provider. */
  readonly provider: string;
  readonly key?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** What is to be uploaded: discarded if the operation fails. */
  readonly body?: Body | undefined;
}

/** Makes a `StorageError` of what a store threw. */
export type Translate = (error: unknown, context: OperationContext) => StorageError;

/**
 * Runs one operation of a provider, so that whatever goes wrong leaves it as a `StorageError` that names the operation, the
 * provider and the key, and tracing channels tell of it. `translate` knows the store's own errors.
 */
export function runOperation<T>(
  context: OperationContext,
  run: () => Promise<T>,
  translate: Translate = unknownError,
): Promise<T> {
  return traced(context.operation, context, () => attempt(context, run, translate));
}

async function attempt<T>(
  context: OperationContext,
  run: () => Promise<T>,
  translate: Translate,
): Promise<T> {
  try {
    if (context.body !== undefined) holdErrors(context.body);
    throwIfAborted(context.signal);
    const result = await run();
    if (context.operation === 'download') tellBody(context, result);
    return result;
  } catch (error) {
    if (context.body !== undefined) discardBody(context.body);
    throw asStorageError(error, context, translate);
  }
}

/** {@link runOperation} for listings: errors thrown while iterating are translated too. */
export function runListing<T>(
  context: OperationContext,
  run: () => AsyncIterable<T>,
  translate: Translate = unknownError,
): AsyncGenerator<T, void, undefined> {
  return tracedListing(context.operation, context, () => iterate(context, run, translate));
}

async function* iterate<T>(
  context: OperationContext,
  run: () => AsyncIterable<T>,
  translate: Translate,
): AsyncGenerator<T, void, undefined> {
  try {
    throwIfAborted(context.signal);
    for await (const entry of run()) {
      yield entry;
      throwIfAborted(context.signal);
    }
  } catch (error) {
    throw asStorageError(error, context, translate);
  }
}

/** The error that leaves an operation: translated, and with its context. */
export function asStorageError(
  error: unknown,
  context: OperationContext,
  translate: Translate = unknownError,
): StorageError {
  if (isStorageError(error)) return error.operation === undefined ? located(error, context) : error;
  if (context.signal?.aborted) return abortError(context.signal, details(context, error));
  return translate(error, context);
}

function located(error: StorageError, context: OperationContext): StorageError {
  const { cause = error, key = context.key, retryable, retryAfter } = error;
  return new StorageError(error.code, error.message, {
    ...details({ ...context, key }, cause),
    retryable,
    retryAfter,
  });
}

function unknownError(error: unknown, context: OperationContext): StorageError {
  const message = error instanceof Error ? error.message : String(error);
  return new StorageError(
    'Unknown',
    `${context.operation} failed: ${message}`,
    details(context, error),
  );
}

function details(context: OperationContext, cause: unknown) {
  const { operation, provider, key } = context;
  return { operation, provider, cause, ...(key === undefined ? {} : { key }) };
}
