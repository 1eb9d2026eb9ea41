import type { BucketSettings } from '@org/storage-s3/provision';
import fc from 'fast-check';

const KEY = 'arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab';

/** One with everything. */
export const SETTINGS: BucketSettings = {
  versioning: 'enabled',
  encryption: { type: 'sse-kms', keyId: KEY, bucketKey: true },
  publicPrefix: 'public/',
  access: [
    { principal: 'arn:aws:iam::123456789012:role/app', as: 'application', prefix: 'files' },
    {
      principal: 'arn:aws:iam::123456789012:role/move',
      as: 'migrator',
      prefix: 'files',
      guard: true,
    },
  ],
  lifecycle: {
    abandonedUploads: { days: 7 },
    noncurrentVersions: { days: 30, keep: 3 },
    transitions: [
      { days: 30, storageClass: 'STANDARD_IA', prefix: 'old/' },
      { days: 90, storageClass: 'GLACIER_IR' },
    ],
    tombstones: { days: 14, prefix: 'files/' },
  },
  cors: { origins: ['https://app.example.com'] },
  tags: { team: 'uploads' },
  logging: { bucket: 'logs' },
};

const days = fc.integer({ min: 30, max: 400 });
const prefix = fc.option(fc.constantFrom('a/', 'b/c/'), { nil: undefined });
const maybe = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined });

/** Any that make sense. */
export const anySettings: fc.Arbitrary<BucketSettings> = fc.record({
  versioning: maybe(fc.constantFrom('enabled', 'suspended')),
  encryption: maybe(
    fc.oneof(
      fc.constant({ type: 'sse-s3' } as const),
      fc.record({
        type: fc.constant('sse-kms' as const),
        keyId: maybe(fc.constant(KEY)),
        bucketKey: maybe(fc.boolean()),
      }),
    ),
  ),
  blockPublicAccess: maybe(fc.boolean()),
  ownership: maybe(fc.constantFrom('BucketOwnerEnforced', 'ObjectWriter')),
  lifecycle: maybe(
    fc.record({
      abandonedUploads: maybe(fc.record({ days, prefix })),
      noncurrentVersions: maybe(
        fc.record({ days, keep: maybe(fc.integer({ min: 1, max: 100 })), prefix }),
      ),
      transitions: maybe(
        fc.uniqueArray(
          fc.record({ days, storageClass: fc.constantFrom('STANDARD_IA', 'GLACIER'), prefix }),
          {
            maxLength: 3,
            selector: ({ storageClass, prefix: at = '' }) => `${storageClass} ${at}`,
          },
        ),
      ),
      tombstones: maybe(fc.record({ days, prefix })),
    }),
  ),
  cors: maybe(
    fc.record({
      origins: fc.constantFrom(['https://a.example'], ['https://a.example', 'http://*.b.example']),
      methods: maybe(fc.constant(['GET', 'PUT'] as const)),
      maxAge: maybe(fc.integer({ min: 0, max: 9000 })),
    }),
  ),
  tags: maybe(fc.dictionary(fc.constantFrom('team', 'cost'), fc.constantFrom('a', 'b c'))),
});
