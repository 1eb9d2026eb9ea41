import {
  type CircuitState,
  type DeleteResult,
  discardBody,
  type StorageError,
} from '@org/storage-core';
import { ConsecutiveBreaker, type IBreaker, SamplingBreaker } from 'cockatiel';
import { about, around, type Call } from './around.js';
import { Circuit } from './circuit.js';
import { described, failure } from './failure.js';
import { defineLayer, type Layer } from './layer.js';
import { type Check, checkSettings, delay, wholeNumber } from './settings.js';
import { stepwise } from './stepwise.js';

/** Opens after so many failures in a row. */
export interface ConsecutiveFailures {
  readonly type: 'consecutive';
  readonly failures: number;
}

/** Opens when more than a share of the calls of a while have failed. */
export interface FailureRate {
  readonly type: 'sampling';
  /** More than 0 and less than 1. */
  readonly threshold: number;
  /** Milliseconds over which calls are counted. */
  readonly duration: number;
  /** Calls a second below which the circuit stays closed. Default: so many that five failures a second open it. */
  readonly minimumRate?: number | undefined;
}

export interface CircuitBreakerOptions {
  /** Default: five failures in a row. */
  readonly opens?: ConsecutiveFailures | FailureRate | undefined;
  /** Milliseconds that an open circuit refuses all calls; then one is let through, and decides. Default 10,000. */
  readonly openFor?: number | undefined;
}

export interface CircuitBreaker extends Layer {
  readonly state: CircuitState;
}

/**
 * Spares a store that is not well, and its callers the wait: after failures it refuses calls at once, with `Unavailable`, which
 * is retryable and has the last failure in its message. What counts is `Unavailable`, `Timeout` and `Throttled`, where they are
 * retryable; other errors are answers of a healthy store. What a caller ended itself does not count. A download counts until its
 * body is handed out.
 *
 * `checkHealth` reports an unhealthy store while the circuit is open, and may be the call that closes it again. A signature
 * needs no store: `createDownloadUrl` and tickets, but those that begin an upload in parts, neither count nor are refused.
 *
 * The circuit belongs to the layer: make one for each store. The channel `org.storage.circuit` tells of its changes
 * ({@link CircuitEvent}).
 * @throws StorageError `InvalidArgument`.
 */
export function circuitBreaker(options: CircuitBreakerOptions = {}): CircuitBreaker {
  checkSettings('circuitBreaker', options, { opens: breakerOptions, openFor: delay });
  const { opens = { type: 'consecutive', failures: 5 }, openFor = 10_000 } = options;
  const circuit = new Circuit(breakerOf(opens), openFor);
  const layer = defineLayer((inner, provider) => {
    const { name } = provider;
    const refusal = (call: Call) => (cause: Error) => {
      if (call.body !== undefined) discardBody(call.body);
      return failure(provider, call, 'Unavailable', refused(call, circuit), { cause });
    };
    const run = <T>(
      call: Call,
      operation: () => Promise<T>,
      illness?: (result: T) => StorageError | undefined,
    ) =>
      circuit.run({
        provider: name,
        signal: call.signal,
        run: operation,
        refuse: refusal(call),
        ...(illness === undefined ? {} : { illness }),
      });
    return {
      ...around(inner, {
        call: (call, operation) => run(call, () => operation()),
        async *listing(call, list) {
          let first = true;
          yield* stepwise(list(), async (next) => {
            if (!first)
              return next().catch(async (error: unknown) => {
                await circuit.count(name, call.signal, error);
                throw error;
              });
            first = false;
            return run(call, next);
          });
        },
      }),
      deleteMany: (keys, given) =>
        run(about('deleteMany', given), () => inner.deleteMany(keys, given), allFailed),
      async checkHealth(given) {
        const call = about('checkHealth', given);
        let error: StorageError | undefined;
        const refuse = (cause: Error) => {
          error = refusal(call)(cause);
          return error;
        };
        return circuit
          .run({
            provider: name,
            signal: given?.signal,
            run: () => inner.checkHealth(given),
            refuse,
            illness: (report) => report.error,
          })
          .catch((failed: unknown) => {
            if (error === undefined) throw failed;
            return { healthy: false, latency: 0, error };
          });
      },
      createDownloadUrl: inner.createDownloadUrl,
      createUploadTicket: (key, given) =>
        given?.type === 'multipart'
          ? run(about('createUploadTicket', given, key), () => inner.createUploadTicket(key, given))
          : inner.createUploadTicket(key, given),
    };
  });
  const breaker = Object.assign(layer, { state: circuit.state });
  return Object.defineProperty(breaker, 'state', { get: () => circuit.state });
}

/** Of a bulk delete in which nothing succeeded. */
function allFailed({ deleted, failed }: DeleteResult): StorageError | undefined {
  return deleted.length === 0 ? failed[0]?.error : undefined;
}

function refused(call: Call, { lastError }: Circuit): string {
  const why = lastError === undefined ? '' : ` (${lastError.code}: ${lastError.message})`;
  return `${described(call)} was not tried: the circuit is open, since the store failed${why}`;
}

const breakerOptions: Check = (value) => {
  if (typeof value !== 'object' || value === null) return 'is an object with a type';
  const { type, failures, threshold, duration, minimumRate } = value as Readonly<
    Record<string, unknown>
  >;
  if (type === 'consecutive') return wholeNumber(1)(failures);
  if (type !== 'sampling') return 'is of type "consecutive" or "sampling"';
  if (typeof threshold !== 'number' || !(threshold > 0 && threshold < 1))
    return 'has a threshold of more than 0 and less than 1';
  if (typeof duration !== 'number' || !(duration > 0)) return 'has a duration in milliseconds';
  if (minimumRate !== undefined && (typeof minimumRate !== 'number' || !(minimumRate > 0)))
    return 'has a minimumRate of more than 0 calls a second';
  return undefined;
};

function breakerOf(opens: ConsecutiveFailures | FailureRate): IBreaker {
  if (opens.type === 'consecutive') return new ConsecutiveBreaker(opens.failures);
  const { threshold, duration, minimumRate } = opens;
  return new SamplingBreaker({
    threshold,
    duration,
    ...(minimumRate === undefined ? {} : { minimumRps: minimumRate }),
  });
}
