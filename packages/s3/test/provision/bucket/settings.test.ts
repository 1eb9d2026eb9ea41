import type { S3Client } from '@aws-sdk/client-s3';
import {
  type BucketSettings,
  type LifecycleStorageClass,
  planBucket,
} from '@org/storage-s3/provision';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pendingOf, provisioned, someBucket, useTlsServer } from './server.js';

const running = useTlsServer();

const days = fc.integer({ min: 1, max: 3_650 });
const folder = fc.constantFrom('a', 'a/', 'b/c', 'Übersicht/', 'x*?$y');
const anyFolder = fc.oneof(folder, fc.constant('日本/'));
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const storageClass = fc.constantFrom<LifecycleStorageClass>(
  'STANDARD_IA',
  'INTELLIGENT_TIERING',
  'GLACIER_IR',
  'DEEP_ARCHIVE',
);
const tagText = fc.string({
  unit: fc.constantFrom(...'abcÄ日 +-=._:/@0'.split('')),
  minLength: 1,
  maxLength: 12,
});
const header = fc.constantFrom('content-type', 'Cache-Control', 'x-amz-*', 'if-none-match', '*');

const lifecycle = fc.record({
  abandonedUploads: maybe(fc.record({ days, prefix: maybe(anyFolder) })),
  noncurrentVersions: maybe(
    fc.record({ days, keep: maybe(fc.integer({ min: 1, max: 100 })), prefix: maybe(anyFolder) }),
  ),
  transitions: maybe(
    fc.uniqueArray(
      fc.record({
        days: fc.integer({ min: 30, max: 999 }),
        storageClass,
        prefix: maybe(anyFolder),
      }),
      { selector: (rule) => `${rule.storageClass} ${rule.prefix ?? ''}`, maxLength: 4 },
    ),
  ),
  tombstones: maybe(
    fc.record({
      days,
      tag: maybe(fc.record({ key: tagText, value: tagText })),
      prefix: maybe(anyFolder),
    }),
  ),
});

const cors = fc.record({
  origins: fc.uniqueArray(
    fc.constantFrom('*', 'https://a.example.com', 'https://*.example.org', 'http://localhost:3000'),
  ),
  methods: maybe(fc.uniqueArray(fc.constantFrom('GET', 'HEAD', 'PUT', 'DELETE'), { minLength: 1 })),
  headers: maybe(fc.array(header)),
  expose: maybe(fc.array(fc.constantFrom('ETag', 'x-amz-version-id'))),
  maxAge: maybe(fc.nat(86_400)),
});

const access = fc.record({
  principal: fc.constantFrom(
    'arn:aws:iam::123456789012:root',
    'arn:aws:iam::123456789012:role/app',
    'arn:aws:iam::210987654321:user/team/move',
  ),
  as: fc.constantFrom('application', 'migrator', 'readonly'),
  prefix: maybe(folder),
});

const settings: fc.Arbitrary<BucketSettings> = fc.record({
  versioning: maybe(fc.constantFrom('enabled', 'suspended')),
  encryption: maybe(
    fc.oneof(
      fc.constant({ type: 'sse-s3' } as const),
      fc.record({
        type: fc.constant('sse-kms' as const),
        keyId: maybe(fc.constantFrom('alias/files', 'arn:aws:kms:us-east-1:123456789012:key/1')),
        bucketKey: maybe(fc.boolean()),
      }),
    ),
  ),
  ownership: maybe(fc.constantFrom('BucketOwnerEnforced', 'ObjectWriter')),
  tlsOnly: maybe(fc.boolean()),
  publicPrefix: maybe(folder),
  access: maybe(fc.uniqueArray(access, { selector: (each) => JSON.stringify(each), maxLength: 3 })),
  lifecycle: maybe(lifecycle),
  cors: maybe(cors),
  tags: maybe(fc.dictionary(tagText, tagText, { maxKeys: 4, noNullPrototype: true })),
});

async function appliedTwice(client: S3Client, first: BucketSettings, second: BucketSettings) {
  const bucket = someBucket();
  for (const wanted of [first, second]) {
    expect(pendingOf(await provisioned(client, bucket, wanted))).toEqual({});
  }
  // What the settings leave out has stayed, so that it is not asked for again.
  expect(pendingOf(await planBucket(client, bucket, second))).toEqual({});
}

test('after any settings are applied, on whatever was there, nothing is left to do', async () => {
  await fc.assert(
    fc.asyncProperty(settings, settings, (first, second) =>
      appliedTwice(running.client, first, second),
    ),
    { numRuns: 8 },
  );
});
