import {
  CopyObjectCommand,
  DeleteObjectCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { migratorGuard } from '@org/storage-s3/provision';
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

  it('has to be told who he is', () => {
    expect(() => migratorGuard('*', { bucket: Bucket })).toThrow('no ARN of a role or a user');
  });
});
