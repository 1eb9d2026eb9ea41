import { ListObjectVersionsCommand, PutBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3';
import { inspectBucket, PERMISSIONS, type Permission } from '@org/storage-s3/provision';
import { type S3Server, startS3Server } from '@org/storage-testkit/s3-server';
import { describe, expect, it, onTestFinished } from 'vitest';

const ALL = Object.keys(PERMISSIONS) as Permission[];

async function setting(options: { readonly prefix?: string } = {}) {
  const server = await startS3Server({ buckets: ['bucket'] });
  onTestFinished(() => server.close());
  const { endpoint, region, credentials } = server;
  const inspection = inspectBucket({ bucket: 'bucket', endpoint, region, credentials, ...options });
  onTestFinished(() => inspection[Symbol.asyncDispose]());
  return { server, inspection };
}

/** Everything that there is in the bucket. */
async function names(server: S3Server): Promise<string[]> {
  const { Versions = [], DeleteMarkers = [] } = await owner(server).send(
    new ListObjectVersionsCommand({ Bucket: 'bucket' }),
  );
  return [...Versions, ...DeleteMarkers].map(({ Key = '' }) => Key);
}

function owner({ endpoint, region, credentials }: S3Server): S3Client {
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  onTestFinished(() => client.destroy());
  return client;
}

async function deny(server: S3Server, ...statements: readonly object[]): Promise<void> {
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: statements.map((each) => ({
      ...{ Effect: 'Deny', Principal: '*', Resource: 'arn:aws:s3:::bucket/*' },
      ...each,
    })),
  });
  await owner(server).send(new PutBucketPolicyCommand({ Bucket: 'bucket', Policy }));
}

/** Outcomes other than `allowed`. */
function others(trials: readonly { readonly permission: string; readonly outcome: string }[]) {
  return Object.fromEntries(
    trials.flatMap(({ permission, outcome }) =>
      outcome === 'allowed' ? [] : [[permission, outcome]],
    ),
  );
}

describe('permissions are tried', () => {
  it('each with a request, and nothing is left', async () => {
    const { server, inspection } = await setting({ prefix: 'files' });
    const { trials, left } = await inspection.permissions(ALL);
    expect(trials.map(({ permission }) => permission)).toEqual(ALL);
    expect(others(trials)).toEqual({});
    expect(left).toEqual([]);
    expect(await names(server)).toEqual([]);
    expect(server.openMultipartUploads('bucket')).toEqual([]);
  });

  it('below the prefix alone', async () => {
    const { server, inspection } = await setting({ prefix: 'files' });
    await deny(server, {
      Action: 's3:*',
      Resource: undefined,
      NotResource: ['arn:aws:s3:::bucket', 'arn:aws:s3:::bucket/files/.storage/doctor-*'],
    });
    expect(others((await inspection.permissions(ALL)).trials)).toEqual({});
  });

  const denials: readonly (readonly [action: string, denied: readonly Permission[]])[] = [
    ['s3:ListBucket', ['list']],
    ['s3:GetObject', ['head', 'get', 'copy']],
    ['s3:PutObjectTagging', ['put-tags']],
    ['s3:GetObjectTagging', ['get-tags']],
    ['s3:ListBucketVersions', ['list-versions']],
    ['s3:ListMultipartUploadParts', ['list-parts']],
    ['s3:ListBucketMultipartUploads', ['list-uploads']],
    ['s3:AbortMultipartUpload', ['abort-upload']],
    ['s3:DeleteObject', ['delete-if-match', 'delete']],
  ];
  it.each(denials)('and %s is missed, and nothing else', async (Action, denied) => {
    const { server, inspection } = await setting();
    await deny(server, {
      Action,
      Resource: ['arn:aws:s3:::bucket', 'arn:aws:s3:::bucket/*'],
    });
    const { trials, left } = await inspection.permissions(ALL);
    expect(others(trials)).toEqual(Object.fromEntries(denied.map((each) => [each, 'denied'])));
    const remains = Action === 's3:DeleteObject' || Action === 's3:AbortMultipartUpload';
    expect(left.length > 0).toBe(remains);
  });

  it('and what may not be removed is told', async () => {
    const { server, inspection } = await setting();
    await deny(server, { Action: 's3:DeleteObject' });
    const { left } = await inspection.permissions(ALL);
    expect(left).toEqual(await names(server));
    expect(left[0]).toMatch(/^\.storage\/doctor-[0-9a-f-]{36}$/);
  });

  it('of those who may only read, without an object', async () => {
    const { server, inspection } = await setting();
    await deny(server, { Action: ['s3:PutObject', 's3:DeleteObject'] });
    const { trials, left } = await inspection.permissions(['list', 'head', 'get']);
    expect(others(trials)).toEqual({});
    expect(left).toEqual([]);
    expect(server.requests.count('PutObject')).toBe(0);
  });

  it('and a bucket that takes conditional writes alone is tidied up with conditions', async () => {
    const { server, inspection } = await setting();
    const Condition = { Null: { 's3:if-match': 'true' } };
    await deny(
      server,
      {
        Action: 's3:PutObject',
        Condition: { Null: { 's3:if-none-match': 'true', ...Condition.Null } },
      },
      { Action: 's3:DeleteObject', Condition },
    );
    const wanted = ['put-if-absent', 'put-if-match', 'put-unconditionally'] as const;
    const { trials, left } = await inspection.permissions(wanted);
    expect(others(trials)).toEqual({ 'put-unconditionally': 'denied' });
    expect(left).toEqual([]);
    expect(await names(server)).toEqual([]);
  });

  it('and what was done without an answer is removed', async () => {
    const { server, inspection } = await setting();
    const operation = ['PutObject', 'CopyObject', 'CreateMultipartUpload'] as const;
    server.faults.add({ type: 'lost-answer', operation });
    const { left } = await inspection.permissions(ALL);
    expect(server.requests.count('CreateMultipartUpload')).toBeGreaterThan(0);
    expect(left).toEqual([]);
    expect(await names(server)).toEqual([]);
    expect(server.openMultipartUploads('bucket')).toEqual([]);
  });

  it('and one that is not answered is the last', async () => {
    const { server, inspection } = await setting();
    server.faults.add({ type: 'delay', milliseconds: 60_000, operation: 'HeadObject' });
    const { trials, left } = await inspection.permissions(ALL, { limit: 500 });
    const [listed, created, head, ...rest] = trials;
    expect([listed?.outcome, created?.outcome]).toEqual(['allowed', 'allowed']);
    expect(head).toMatchObject({ outcome: 'failed', error: { message: 'no answer within 0.5 s' } });
    expect(new Set(rest.map(({ outcome }) => outcome))).toEqual(new Set(['untried']));
    expect(left).toEqual([]);
    expect(await names(server)).toEqual([]);
  });

  it('until they are interrupted, and then tidied up', async () => {
    const { server, inspection } = await setting();
    server.faults.add({ type: 'delay', milliseconds: 60_000, operation: 'CopyObject' });
    const interrupt = new AbortController();
    const trying = inspection.permissions(ALL, { signal: interrupt.signal });
    await expect.poll(() => server.requests.count('GetObjectTagging')).toBe(1);
    interrupt.abort();
    await expect(trying).rejects.toMatchObject({ code: 'Aborted' });
    expect(await names(server)).toEqual([]);
  });
});
