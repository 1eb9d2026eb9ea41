import type { OPERATIONS } from '@org/storage-core';
import type { DurationInput, Optional, SizeInput } from './units.js';

/** What lies around a provider, as it is written; `false` takes a layer away that the base has. */
export type LayersInput = Optional<{
  /** For each attempt; a number or a text is that of all operations. */
  timeout: DurationInput | false | TimeoutSettings<DurationInput>;
  retry: false | RetrySettings<DurationInput>;
  circuitBreaker: false | BreakerSettings<DurationInput>;
  /** Operations at once. */
  concurrencyLimit: number | false | ConcurrencySettings;
  /** Bytes a second; a number or a text is that of either way. */
  bandwidthLimit: SizeInput | false | BandwidthSettings<SizeInput>;
  /** The folder that is the whole store to the application. */
  prefix: string;
  /** Refuses all changes. */
  readOnly: boolean;
  /** Content types by content. */
  detectContentType: boolean;
  /** By content type; a text is that of all files, `true` stands for the rules of @org/storage-layers. */
  cacheControl: string | boolean | Readonly<Record<string, string>>;
}>;

/** What lies around a provider. */
export type LayersConfiguration = Optional<{
  timeout: TimeoutSettings<number>;
  retry: RetrySettings<number>;
  circuitBreaker: BreakerSettings<number>;
  concurrencyLimit: ConcurrencySettings;
  /** Bytes a second. */
  bandwidthLimit: BandwidthSettings<number>;
  prefix: string;
  readOnly: boolean;
  detectContentType: boolean;
  cacheControl: string | Readonly<Record<string, string>>;
}>;

type Operation = (typeof OPERATIONS)[number];

type TimeoutSettings<Duration> = Optional<{
  milliseconds: Duration;
  operations: Readonly<Partial<Record<Operation, Duration>>>;
  downloadIdle: Duration;
  uploadIdle: Duration;
  grace: Duration;
}>;

type RetrySettings<Duration> = Optional<{
  attempts: number;
  initialDelay: Duration;
  maxDelay: Duration;
}>;

type BreakerSettings<Duration> = Optional<{
  opens:
    | { readonly type: 'consecutive'; readonly failures: number }
    | {
        readonly type: 'sampling';
        /** Share of failures, between 0 and 1. */
        readonly threshold: number;
        readonly duration: Duration;
        /** Calls a second. */
        readonly minimumRate?: number | undefined;
      };
  openFor: Duration;
}>;

interface ConcurrencySettings extends Optional<{ downloads: number; queue: number }> {
  readonly operations: number;
}

type BandwidthSettings<Size> = Optional<{ upload: Size; download: Size }>;
