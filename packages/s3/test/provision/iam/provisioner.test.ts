import { S3Client } from '@aws-sdk/client-s3';
import { applyBucket, type BucketSettings, iamPolicy, planBucket } from '@org/storage-s3/provision';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startedServer, userWith } from './users.js';

const SETTINGS: BucketSettings = {
  versioning: 'enabled',
  encryption: { type: 'sse-s3' },
  publicPrefix: 'public/',
  lifecycle: { abandonedUploads: { days: 7 } },
  cors: { origins: ['https://app.example.com'] },
  tags: { team: 'files' },
};

describe('the provisioner’s policy', () => {
  it('lets a bucket be made and changed, and allows nothing that this does not take', async () => {
    const server = await startedServer();
    const policy = iamPolicy('provisioner', { bucket: 'made', settings: SETTINGS });
    const user = userWith(server, [policy]);
    const { endpoint, region } = server;
    const { credentials } = user;
    const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
    onTestFinished(() => client.destroy());
    const made = async (settings: BucketSettings) => {
      const plan = await planBucket(client, 'made', settings, { server: 'aws' });
      return (await applyBucket(client, plan)).map(({ result }) => result);
    };
    // A new bucket is encrypted by S3’s keys as it is.
    const changed = { ...SETTINGS, encryption: { type: 'sse-kms' } } as const;
    const { publicPrefix: _, ...closed } = SETTINGS;
    for (const settings of [
      changed,
      { ...closed, access: [], tlsOnly: false, ownership: 'ObjectWriter' },
    ] as const) {
      const results = await made(settings);
      expect(results.length).toBeGreaterThan(0);
      expect(new Set(results)).toEqual(new Set(['done']));
    }
    expect(user.unusedPermissions).toEqual([]);
    const elsewhere = planBucket(client, 'other', SETTINGS, { server: 'aws' });
    expect((await elsewhere).differences).toContainEqual(
      expect.objectContaining({ kind: 'denied' }),
    );
  });

  it('is narrower where less is set up', () => {
    const { Statement } = iamPolicy('provisioner', { bucket: 'made', settings: {} });
    expect(Statement[0]?.Action).not.toContain('s3:PutLifecycleConfiguration');
    expect(Statement[0]?.Action).toContain('s3:PutBucketPublicAccessBlock');
  });
});
