import { randomBytes } from 'node:crypto';
import { CreateBucketCommand, PutBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3';
import { S3StorageProvider } from '@org/storage-s3';
import { type IamPolicyOptions, iamPolicy, type Role } from '@org/storage-s3/provision';
import { expect, it, onTestFinished } from 'vitest';
import { describeOnCeph } from '../../../../testkit/test/ceph/provided.js';

/** The other user of Ceph’s, who owns nothing of the first one’s; as a policy names him. */
const SECOND = 'arn:aws:iam:::user/second';
const DENIED = { code: 'AccessDenied' };

describeOnCeph('the policies on Ceph, as those of a bucket that name another user', (server) => {
  const credentials = server.secondCredentials;
  if (credentials === null || server.version === null)
    return it.skip('need a second user, of the name that our Ceph gives him', () => {});

  /** A bucket whose policy allows the second user what the role needs, and views of it. */
  const allowed = async (role: Role, options: Partial<IamPolicyOptions> = {}) => {
    const { endpoint, region } = server;
    const bucket = `policies-${randomBytes(4).toString('hex')}`;
    const owner = new S3Client({
      ...{ endpoint, region, credentials: server.credentials, forcePathStyle: true },
    });
    onTestFinished(() => owner.destroy());
    await owner.send(new CreateBucketCommand({ Bucket: bucket }));
    const policy = iamPolicy(role, { bucket, prefix: 'app', server: 'ceph', ...options });
    const Statement = policy.Statement.map((each) => ({ ...each, Principal: { AWS: [SECOND] } }));
    const Policy = JSON.stringify({ ...policy, Statement });
    await owner.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }));
    return (prefix: string, who = credentials) => {
      const options = {
        bucket,
        prefix,
        endpoint,
        region,
        credentials: who,
        server: 'ceph',
      } as const;
      const storage = new S3StorageProvider({ ...options, maxAttempts: 1 });
      onTestFinished(() => storage.close());
      return storage;
    };
  };

  it('lets an application work below its prefix, and nowhere else', async () => {
    const open = await allowed('application', {
      features: { tags: true, unfinishedUploads: true },
    });
    const storage = open('app');
    await storage.upload('a', '1', { tags: { t: '1' } });
    await storage.upload('large', Buffer.alloc(9 * 1024 ** 2));
    await storage.copy('a', 'b');
    expect(await storage.exists('a')).toBe(true);
    const keys: string[] = [];
    for await (const entry of storage.list()) if (entry.type === 'file') keys.push(entry.key);
    expect(keys).toEqual(['a', 'b', 'large']);
    expect(await storage.checkHealth()).toMatchObject({ healthy: true });
    await storage.deleteMany(['a', 'b']);
    const elsewhere = open('elsewhere');
    await expect(elsewhere.upload('a', '1')).rejects.toMatchObject(DENIED);
    await expect(elsewhere.list()[Symbol.asyncIterator]().next()).rejects.toMatchObject(DENIED);
  });

  it('lets a reader read, and write nothing', async () => {
    const open = await allowed('readonly');
    await open('app', server.credentials).upload('a', '1');
    expect((await open('app').stat('a')).size).toBe(1);
    await expect(open('app').upload('a', '2')).rejects.toMatchObject(DENIED);
    await expect(open('app').delete('a')).rejects.toMatchObject(DENIED);
  });

  it('lets a migrator do everything below its prefix: preconditions are no condition there', async () => {
    const open = await allowed('migrator');
    await open('app').upload('a', '1');
    // With Amazon’s conditions he could write nothing, not even with a precondition.
    const strict = await allowed('migrator', { server: 'aws' });
    const create = strict('app').upload('a', '1', { condition: { type: 'absent' } });
    await expect(create).rejects.toMatchObject(DENIED);
  });
});
