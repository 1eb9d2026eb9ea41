import type {
  BandwidthLimitOptions,
  CacheRules,
  CircuitBreakerOptions,
  ConcurrencyLimitOptions,
  RetryOptions,
  TimeoutOptions,
} from '@org/storage-layers';
import type { LocalStorageOptions } from '@org/storage-local';
import type { PaceOptions, Selection } from '@org/storage-migration';
import type { S3StorageOptions } from '@org/storage-s3';
import fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { BucketSettings } from '../../../s3/src/provision/bucket/settings.js';
import { checkStorageOptions } from '../../../s3/src/storage-options.js';
import {
  type HybridConfiguration,
  type LayersConfiguration,
  type LocalConfiguration,
  parseConfiguration,
  type S3Configuration,
} from '../../src/index.js';

describe('what a configuration becomes', () => {
  it('is what the providers and layers take', () => {
    type Layer<Name extends keyof LayersConfiguration> = NonNullable<LayersConfiguration[Name]>;
    expectTypeOf<Layer<'timeout'>>().toExtend<TimeoutOptions>();
    expectTypeOf<Layer<'retry'>>().toExtend<RetryOptions>();
    expectTypeOf<Layer<'circuitBreaker'>>().toExtend<CircuitBreakerOptions>();
    expectTypeOf<Layer<'concurrencyLimit'>>().toExtend<ConcurrencyLimitOptions>();
    expectTypeOf<Layer<'bandwidthLimit'>>().toExtend<BandwidthLimitOptions>();
    expectTypeOf<Layer<'cacheControl'>>().toExtend<CacheRules | string>();
    expectTypeOf<Omit<LocalConfiguration, 'provider' | 'layers'>>().toExtend<LocalStorageOptions>();
    expectTypeOf<Omit<S3Configuration, 'encryption'>>().toExtend<S3StorageOptions>();
    expectTypeOf<NonNullable<S3Configuration['provision']>>().toExtend<BucketSettings>();
    type Migration = NonNullable<HybridConfiguration['migration']>;
    expectTypeOf<Migration>().toExtend<PaceOptions & Selection>();
  });

  it('is taken again as it is', () => {
    const storages = {
      files: {
        provider: 's3',
        bucket: 'b',
        encryption: 'sse-s3',
        provision: { versioning: true, encryption: { kms: 'key' } },
        layers: {
          timeout: { milliseconds: '30s', operations: { copy: 'unlimited' } },
          retry: false,
          bandwidthLimit: '1MiB',
          concurrencyLimit: 4,
          cacheControl: true,
        },
      },
    };
    const once = parseConfiguration({ storages });
    expect(parseConfiguration(once)).toEqual(once);
  });
});

const MIB = 1024 ** 2;
const bytes = fc.oneof(
  fc.constantFrom(0, 1, 5 * MIB - 1, 5 * MIB, 8 * MIB, 5120 * MIB, 5120 * MIB + 1, 1.5),
  fc.integer({ min: 5 * MIB, max: 5120 * MIB }),
);
const count = fc.oneof(fc.constantFrom(-1, 0, 1.5), fc.integer({ min: 1, max: 60 }));
const optional = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: undefined, freq: 2 });

const s3Options = fc.record({
  bucket: fc.constantFrom('', 'files'),
  prefix: optional(fc.constantFrom('a', 'a/', '/a', 'a//b', '.', 'a/../b')),
  endpoint: optional(
    fc.constantFrom(
      'https://s3.example.com',
      'http://localhost:9000',
      's3.example.com',
      'ftp://s3.example.com',
      'https://a.r2.cloudflarestorage.com',
      'https://s3.eu-central-1.amazonaws.com',
    ),
  ),
  publicEndpoint: optional(fc.constantFrom('https://files.example.com', 'files')),
  server: optional(fc.constantFrom('aws', 'r2', 'minio', 'ceph', 'generic')),
  acl: optional(fc.constantFrom('private', 'public-read', 'secret')),
  checksum: optional(fc.constantFrom('crc32', 'sha256', 'md5')),
  partSize: optional(bytes),
  multipartThreshold: optional(bytes),
  copyThreshold: optional(bytes),
  concurrency: optional(count),
  maxSockets: optional(count),
  downloadAttempts: optional(count),
  downloadConcurrency: optional(count),
});

function isTaken(attempt: () => unknown): boolean {
  try {
    attempt();
    return true;
  } catch {
    return false;
  }
}

describe('a configuration of S3', () => {
  it('is refused where the provider would refuse it, and nowhere else', () => {
    fc.assert(
      fc.property(s3Options, (options) => {
        const storages = { files: { provider: 's3', ...options } };
        const taken = isTaken(() => parseConfiguration({ storages }));
        // The values are of any kind: that is what is tried.
        const provider = isTaken(() => checkStorageOptions(options as S3StorageOptions));
        expect(taken).toBe(provider);
      }),
      { numRuns: 500 },
    );
  });
});
