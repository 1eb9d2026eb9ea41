import {
  GetBucketEncryptionCommand,
  GetBucketPolicyCommand,
  GetBucketVersioningCommand,
  PutBucketEncryptionCommand,
  PutBucketVersioningCommand,
  PutPublicAccessBlockCommand,
} from '@aws-sdk/client-s3';
import { applyBucket, type BucketSettings, planBucket } from '@org/storage-s3/provision';
import { describe, expect, test } from 'vitest';
import { differenceOf, pendingOf, provisioned, someBucket, useTlsServer } from './server.js';

const running = useTlsServer();

/** Everything that there is to be set. */
const FULL: BucketSettings = {
  versioning: 'enabled',
  encryption: { type: 'sse-kms', keyId: 'alias/files', bucketKey: true },
  publicPrefix: 'public',
  access: [
    { principal: 'arn:aws:iam::123456789012:role/app', as: 'application', prefix: 'uploads' },
    { principal: 'arn:aws:iam::123456789012:role/move', as: 'migrator', prefix: 'uploads' },
  ],
  lifecycle: {
    abandonedUploads: { days: 7 },
    noncurrentVersions: { days: 30, keep: 3 },
    transitions: [{ days: 90, storageClass: 'STANDARD_IA', prefix: 'archive/' }],
    tombstones: { days: 60 },
  },
  cors: { origins: ['https://app.example.com'] },
  tags: { team: 'files', 'cost centre': '4711' },
};

describe('a bucket that is not there', () => {
  test('comes to be as it shall be, and then there is nothing left to do', async () => {
    const { client } = running;
    const bucket = someBucket();
    const plan = await planBucket(client, bucket, FULL);
    expect(pendingOf(plan)).toMatchObject({
      bucket: [expect.stringMatching(/^\+ bucket/)],
      versioning: ['+ versioning: enabled'],
      ownership: ['+ ownership: BucketOwnerEnforced'],
      tags: ['+ tags: team: files', '+ tags: cost centre: 4711'],
    });
    const outcomes = await applyBucket(client, plan);
    expect(outcomes.filter(({ result }) => result !== 'done')).toEqual([]);
    expect(pendingOf(await planBucket(client, bucket, FULL))).toEqual({});
    expect(await client.send(new GetBucketVersioningCommand({ Bucket: bucket }))).toMatchObject({
      Status: 'Enabled',
    });
  });

  test('is not made by a plan', async () => {
    await planBucket(running.client, someBucket(), FULL);
    expect(running.server.requests.count()).toBe(1);
  });

  test('gets by default what keeps it closed, and nothing else', async () => {
    const bucket = someBucket();
    const plan = await planBucket(running.client, bucket, {});
    expect(Object.keys(pendingOf(plan))).toEqual([
      'bucket',
      'ownership',
      'policy',
      'public access',
    ]);
    await applyBucket(running.client, plan);
    expect(pendingOf(await planBucket(running.client, bucket, {}))).toEqual({});
    const { Policy } = await running.client.send(new GetBucketPolicyCommand({ Bucket: bucket }));
    expect(JSON.parse(Policy ?? '')).toMatchObject({
      Statement: [{ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }],
    });
  });
});

describe('a bucket that was changed by hand', () => {
  test('shows as a difference, and is put right', async () => {
    const { client } = running;
    const bucket = someBucket();
    await provisioned(client, bucket, FULL);
    const VersioningConfiguration = { Status: 'Suspended' } as const;
    const PublicAccessBlockConfiguration = { BlockPublicAcls: true, IgnorePublicAcls: false };
    await client.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration }));
    await client.send(
      new PutPublicAccessBlockCommand({ Bucket: bucket, PublicAccessBlockConfiguration }),
    );
    const plan = await planBucket(client, bucket, FULL);
    expect(pendingOf(plan)).toEqual({
      versioning: ['~ versioning: suspended → enabled'],
      'public access': ['~ public access: ignorePublicAcls: open → blocked'],
    });
    expect(await applyBucket(client, plan)).toEqual([
      { setting: 'public access', result: 'done' },
      { setting: 'versioning', result: 'done' },
    ]);
    expect(pendingOf(await planBucket(client, bucket, FULL))).toEqual({});
  });

  test('is not written to where nothing differs', async () => {
    const { client, server } = running;
    const bucket = someBucket();
    const plan = await provisioned(client, bucket, FULL);
    server.requests.reset();
    expect(await applyBucket(client, plan)).toEqual([]);
    const operations = Object.keys(server.requests.counts());
    expect(operations.filter((name) => name.startsWith('Put'))).toEqual([]);
  });
});

describe('what is stricter', () => {
  test('stays where the settings say nothing of it', async () => {
    const { client } = running;
    const bucket = someBucket();
    await provisioned(client, bucket, FULL);
    expect(pendingOf(await provisioned(client, bucket, { publicPrefix: 'public' }))).toEqual({});
    const { ServerSideEncryptionConfiguration } = await client.send(
      new GetBucketEncryptionCommand({ Bucket: bucket }),
    );
    expect(ServerSideEncryptionConfiguration?.Rules?.[0]).toMatchObject({
      ApplyServerSideEncryptionByDefault: {
        SSEAlgorithm: 'aws:kms',
        KMSMasterKeyID: 'alias/files',
      },
    });
    expect(await client.send(new GetBucketVersioningCommand({ Bucket: bucket }))).toMatchObject({
      Status: 'Enabled',
    });
  });

  test('is weakened only if that is asked for, and the plan says so', async () => {
    const { client } = running;
    const bucket = someBucket();
    await provisioned(client, bucket, { ...FULL, publicPrefix: undefined });
    const weaker: BucketSettings = {
      versioning: 'suspended',
      encryption: { type: 'sse-s3' },
      ownership: 'ObjectWriter',
      blockPublicAccess: { publicAcls: false },
      tlsOnly: false,
    };
    const plan = await planBucket(client, bucket, weaker);
    for (const setting of [
      'versioning',
      'encryption',
      'ownership',
      'public access',
      'policy',
    ] as const) {
      expect(differenceOf(plan, setting), setting).toMatchObject({
        kind: 'change',
        warnings: [expect.any(String)],
      });
    }
    expect(pendingOf(plan)['public access']).toContain(
      '~ public access: publicAcls: blocked → open',
    );
    expect(pendingOf(await provisioned(client, bucket, weaker))).toEqual({});
  });

  test('an encryption with the very key that is named otherwise, or twice with it, stays', async () => {
    const { client } = running;
    const bucket = someBucket();
    await provisioned(client, bucket, {});
    const key = '11111111-2222-3333-4444-555555555555';
    const arn = `arn:aws:kms:us-east-1:123456789012:key/${key}`;
    const put = new PutBucketEncryptionCommand({
      Bucket: bucket,
      ServerSideEncryptionConfiguration: {
        Rules: [
          {
            ApplyServerSideEncryptionByDefault: {
              SSEAlgorithm: 'aws:kms:dsse',
              KMSMasterKeyID: arn,
            },
            BucketKeyEnabled: false,
            BlockedEncryptionTypes: { EncryptionType: ['SSE-C'] },
          },
        ],
      },
    });
    await client.send(put);
    for (const encryption of [
      { type: 'sse-kms' },
      { type: 'sse-kms', keyId: key },
      { type: 'sse-kms', keyId: arn, bucketKey: false },
    ] as const) {
      expect(pendingOf(await planBucket(client, bucket, { encryption }))).toEqual({});
    }
    await provisioned(client, bucket, { encryption: { type: 'sse-s3' } });
    const { ServerSideEncryptionConfiguration } = await client.send(
      new GetBucketEncryptionCommand({ Bucket: bucket }),
    );
    expect(ServerSideEncryptionConfiguration?.Rules).toMatchObject([
      { BlockedEncryptionTypes: { EncryptionType: ['SSE-C'] } },
    ]);
  });
});
