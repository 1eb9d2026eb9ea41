import {
  CopyObjectCommand,
  DeleteObjectCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  applyBucket,
  cloudFormationTemplate,
  isPending,
  migratorGuard,
  planBucket,
} from '@org/storage-s3/provision';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startedServer, storageOf, userWith } from './users.js';

const Bucket = 'files';
const ALL = {
  Version: '2012-10-17',
  Statement: [{ Sid: 'All', Effect: 'Allow', Action: 's3:*', Resource: '*' }],
};

describe('a bucket that guards against its migrator', () => {
  it('denies him what the protocol does not know, though his own policies allow everything', async () => {
    const server = await startedServer();
    const { endpoint, region, credentials } = server;
    const clientOf = (who = credentials) => {
      const client = new S3Client({ endpoint, region, credentials: who, forcePathStyle: true });
      onTestFinished(() => client.destroy());
      return client;
    };
    const user = userWith(server, [ALL]);
    const Statement = migratorGuard(user.arn, {
      bucket: Bucket,
      prefix: 'app',
      fleet: 'ops/.fleet',
    });
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
    await clientOf().send(new PutBucketPolicyCommand({ Bucket, Policy }));

    const migrator = clientOf(user.credentials);
    const file = { Bucket, Key: 'app/a' };
    const { ETag } = await migrator.send(
      new PutObjectCommand({ ...file, Body: '1', IfNoneMatch: '*' }),
    );
    const denied = [
      new PutObjectCommand({ ...file, Body: '2' }),
      new PutObjectCommand({ ...file, Body: '2', IfMatch: ETag }),
      new PutObjectCommand({ Bucket, Key: 'beside', Body: '2' }),
      new CopyObjectCommand({ ...file, Key: 'app/b', CopySource: 'files/app/a' }),
      new PutObjectTaggingCommand({ ...file, Tagging: { TagSet: [] } }),
      new DeleteObjectCommand(file),
      new DeleteObjectCommand({ ...file, VersionId: 'null' }),
    ];
    for (const command of denied)
      await expect(migrator.send(command as PutObjectCommand)).rejects.toMatchObject({
        name: 'AccessDenied',
        message: expect.stringContaining('explicit deny'),
      });
    await migrator.send(new DeleteObjectCommand({ ...file, IfMatch: ETag }));
    for (const Key of ['app/.storage/probe-1', 'ops/.fleet/token.json'])
      await migrator.send(new PutObjectCommand({ Bucket, Key, Body: 'plain' }));

    const provider = storageOf(server, { prefix: 'app' }, user);
    const large = Buffer.alloc(6 * 1024 ** 2);
    await provider.upload('large', large, { condition: { type: 'absent' } });
    await expect(provider.upload('large', large)).rejects.toMatchObject({ code: 'AccessDenied' });
    expect(await provider.probe()).toMatchObject({ conditionalDelete: 'native' });
  });

  it('does so where the settings of the bucket say it, and for others than Amazon’s only warns', async () => {
    const server = await startedServer();
    const { endpoint, region, credentials } = server;
    const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
    onTestFinished(() => client.destroy());
    const user = userWith(server, [ALL]);
    const guarded = { principal: user.arn, as: 'migrator', prefix: 'app', guard: true } as const;
    const settings = { access: [guarded] };
    const plan = await planBucket(client, Bucket, settings, { server: 'aws' });
    expect(JSON.stringify(plan)).not.toContain('not guarded');
    await applyBucket(client, plan);
    const provider = storageOf(server, { prefix: 'app' }, user);
    await provider.upload('a', '1', { condition: { type: 'absent' } });
    await expect(provider.upload('a', '2')).rejects.toMatchObject({ code: 'AccessDenied' });
    const again = await planBucket(client, Bucket, settings, { server: 'aws' });
    expect(again.differences.filter(isPending)).toEqual([]);

    const elsewhere = await planBucket(client, Bucket, settings, { server: 'ceph' });
    expect(JSON.stringify(elsewhere)).toContain(
      'the migrator is not guarded: only Amazon S3 knows the conditions for it',
    );
    await applyBucket(client, elsewhere);
    await provider.upload('a', '2');
  });

  it.each([
    ['an application', { as: 'application' }, /is let in as application: guard is for a migrator/],
    [
      'an account',
      { principal: 'arn:aws:iam::123456789012:root' },
      /is a whole account: guard is for a role or a user of its own/,
    ],
  ] as const)('is not for %s', async (_, changes, message) => {
    const principal = 'arn:aws:iam::123456789012:role/move';
    const access = [{ principal, as: 'migrator', guard: true, ...changes } as const];
    expect(() =>
      cloudFormationTemplate({ bucket: Bucket, region: 'x', settings: { access } }),
    ).toThrow(message);
  });

  it('has to be told who he is', () => {
    expect(() => migratorGuard('*', { bucket: Bucket })).toThrow('no ARN of a role or a user');
  });
});
