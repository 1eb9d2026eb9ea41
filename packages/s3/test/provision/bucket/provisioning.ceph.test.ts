import {
  GetBucketLifecycleConfigurationCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketVersioningCommand,
} from '@aws-sdk/client-s3';
import {
  applyBucket,
  type BucketSettings,
  createBucketClient,
  planBucket,
} from '@org/storage-s3/provision';
import { afterAll, expect, test } from 'vitest';
import { describeOnCeph, isCeph18 } from '../../../../testkit/test/ceph/provided.js';
import { differenceOf, pendingOf, someBucket } from './server.js';

/** What both Ceph 18 and 20 know. */
const SETTINGS = {
  versioning: 'enabled',
  encryption: { type: 'sse-kms', keyId: 'testkey-1', bucketKey: true },
  publicPrefix: 'public',
  access: [
    { principal: 'arn:aws:iam::123456789012:role/app', as: 'application', prefix: 'uploads' },
    { principal: 'arn:aws:iam::123456789012:role/move', as: 'migrator', prefix: 'uploads' },
  ],
  lifecycle: {
    abandonedUploads: { days: 7 },
    noncurrentVersions: { days: 30, prefix: 'uploads/' },
    transitions: [{ days: 90, storageClass: 'STANDARD_IA' }],
    tombstones: { days: 60, prefix: 'uploads/' },
  },
  cors: { origins: ['https://app.example.com', 'https://*.example.org'] },
  tags: { team: 'files' },
} as const satisfies BucketSettings;

describeOnCeph('a bucket of Ceph', (server) => {
  const { endpoint, region, credentials, secondCredentials } = server;
  const client = createBucketClient({ endpoint, region, credentials });
  const options = { server: 'ceph' } as const;
  afterAll(() => client.destroy());

  test('comes from nothing to be as it shall be, and then there is nothing left to do', async () => {
    const bucket = someBucket();
    const plan = await planBucket(client, bucket, SETTINGS, options);
    const outcomes = await applyBucket(client, plan, { settle: 2_000 });
    expect(outcomes.filter(({ result }) => result !== 'done')).toEqual([
      expect.objectContaining({ setting: 'ownership', result: 'unsupported' }),
    ]);
    const again = await planBucket(client, bucket, SETTINGS, options);
    expect(pendingOf(again)).toEqual({});
    expect(differenceOf(again, 'ownership')).toMatchObject({ kind: 'unsupported' });
    expect(await applyBucket(client, again)).toEqual([]);
  });

  test('shows what was changed by hand, and keeps what is not ours', async () => {
    const bucket = someBucket();
    const plan = await planBucket(client, bucket, SETTINGS, options);
    await applyBucket(client, plan, { settle: 2_000 });
    const VersioningConfiguration = { Status: 'Suspended' } as const;
    await client.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration }));
    const Rules = [
      {
        ID: 'tidy',
        Status: 'Enabled',
        Filter: { Prefix: 'tmp/' },
        Expiration: { Days: 1 },
      } as const,
    ];
    await client.send(
      new PutBucketLifecycleConfigurationCommand({
        Bucket: bucket,
        LifecycleConfiguration: { Rules },
      }),
    );
    const changed = await planBucket(client, bucket, SETTINGS, options);
    expect(Object.keys(pendingOf(changed))).toEqual(['versioning', 'lifecycle']);
    await applyBucket(client, changed, { settle: 2_000 });
    expect(pendingOf(await planBucket(client, bucket, SETTINGS, options))).toEqual({});
    const nothing = await planBucket(client, bucket, { lifecycle: {} }, options);
    await applyBucket(client, nothing, { settle: 2_000 });
    expect(pendingOf(await planBucket(client, bucket, { lifecycle: {} }, options))).toEqual({});
  });

  const kept = isCeph18(server) ? 'are told, and left as it was' : 'are kept';
  test(`versions that rules keep by their number ${kept}`, async () => {
    const bucket = someBucket();
    await applyBucket(client, await planBucket(client, bucket, SETTINGS, options));
    const rules = async () => {
      const command = new GetBucketLifecycleConfigurationCommand({ Bucket: bucket });
      return (await client.send(command)).Rules;
    };
    const before = await rules();
    const noncurrentVersions = { days: 10, keep: 3, prefix: 'uploads/' };
    const settings = { ...SETTINGS, lifecycle: { ...SETTINGS.lifecycle, noncurrentVersions } };
    const plan = await planBucket(client, bucket, settings, options);
    const outcomes = await applyBucket(client, plan, { settle: 2_000 });
    if (!isCeph18(server)) {
      expect(outcomes).toEqual([{ setting: 'lifecycle', result: 'done' }]);
      expect(JSON.stringify(await rules())).toContain('"NewerNoncurrentVersions":3');
      expect(pendingOf(await planBucket(client, bucket, settings, options))).toEqual({});
      return;
    }
    expect(outcomes).toEqual([
      {
        setting: 'lifecycle',
        result: 'unsupported',
        message: expect.stringContaining('noncurrentVersions.keep'),
      },
    ]);
    expect(await rules()).toEqual(before);
  });

  test('is not locked to whoever comes in clear', async () => {
    const bucket = someBucket();
    const plan = await planBucket(client, bucket, {}, options);
    expect(differenceOf(plan, 'policy').warnings).toEqual([
      expect.stringContaining('requests in clear are not denied'),
    ]);
    await applyBucket(client, plan, { settle: 2_000 });
    expect(pendingOf(await planBucket(client, bucket, {}, options))).toEqual({});
  });

  test('of somebody else is told as such', async () => {
    const bucket = someBucket();
    const plan = await planBucket(client, bucket, {}, options);
    if (secondCredentials === null) return;
    const other = createBucketClient({ endpoint, region, credentials: secondCredentials });
    await applyBucket(other, await planBucket(other, bucket, {}, options));
    other.destroy();
    await expect(applyBucket(client, plan)).rejects.toMatchObject({ code: 'AlreadyExists' });
    const theirs = await planBucket(client, bucket, {}, options);
    expect(differenceOf(theirs, 'bucket')).toMatchObject({ kind: 'denied' });
  });

  test('in a region that it does not have is told as such', async () => {
    const bucket = someBucket();
    const plan = await planBucket(client, bucket, { region: 'eu-central-1' }, options);
    await expect(applyBucket(client, plan)).rejects.toMatchObject({
      code: 'InvalidArgument',
      message: expect.stringContaining('eu-central-1'),
    });
  });
});
