import {
  CreateBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutBucketLifecycleConfigurationCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { expect, inject, test, vi } from 'vitest';
import { startCeph } from '../../src/ceph/index.js';
import './provided.js';

const server = inject('ceph');

// this starts a cluster of its own, which needs what the provided one did
test.skipIf(server === null || server.version === null)(
  'lifecycle rules are carried out when their short day is over',
  async () => {
    await using ceph = await startCeph({ lifecycleDaySeconds: 2 });
    const { endpoint, region, credentials } = ceph;
    const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
    const Bucket = 'bucket';
    await client.send(new CreateBucketCommand({ Bucket }));
    for (const Key of ['cold/a', 'gone/a', 'kept/a']) {
      await client.send(new PutObjectCommand({ Bucket, Key, Body: 'content' }));
    }
    const rule = (Prefix: string) => ({
      ID: Prefix,
      Status: 'Enabled' as const,
      Filter: { Prefix },
    });
    await client.send(
      new PutBucketLifecycleConfigurationCommand({
        Bucket,
        LifecycleConfiguration: {
          Rules: [
            { ...rule('gone/'), Expiration: { Days: 1 } },
            { ...rule('cold/'), Transitions: [{ Days: 1, StorageClass: 'STANDARD_IA' }] },
          ],
        },
      }),
    );
    await vi.waitFor(
      async () => {
        const { Contents } = await client.send(new ListObjectsV2Command({ Bucket }));
        expect(Contents?.map(({ Key }) => Key)).toEqual(['cold/a', 'kept/a']);
        const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'cold/a' }));
        expect(head.StorageClass).toBe('STANDARD_IA');
      },
      { timeout: 50_000, interval: 250 },
    );
    client.destroy();
  },
);
