export type { CircuitEvent, CircuitState, RetryEvent } from '@org/storage-core';
export {
  type BandwidthLimit,
  type BandwidthLimitOptions,
  bandwidthLimit,
} from './bandwidth-limit.js';
export {
  type CachedFile,
  type CacheRule,
  type CacheRules,
  cacheControl,
  DEFAULT_CACHE_CONTROL,
} from './cache-control.js';
export {
  type CircuitBreaker,
  type CircuitBreakerOptions,
  type ConsecutiveFailures,
  circuitBreaker,
  type FailureRate,
} from './circuit-breaker.js';
export {
  type ConcurrencyLimit,
  type ConcurrencyLimitOptions,
  concurrencyLimit,
} from './concurrency-limit.js';
export { detectContentType } from './detect-content-type.js';
export { defineLayer, type Layer, layered } from './layer.js';
export type { OperationName, Operations } from './operations.js';
export { prefix } from './prefix.js';
export { readOnly } from './read-only.js';
export { type RetryOptions, retry } from './retry.js';
export { type TimeoutOptions, timeout } from './timeout.js';
