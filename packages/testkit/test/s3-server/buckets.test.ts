import {
  CreateBucketCommand,
  DeleteBucketCommand,
  GetBucketCorsCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketLocationCommand,
  GetBucketPolicyCommand,
  GetBucketTaggingCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketTaggingCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type S3Server, startS3Server } from '../../src/s3-server/index.js';
import { clientOf, failure } from './client.js';
import { send } from './signed-request.js';

const OWNER = { accessKeyId: 'AKOWNER', secretAccessKey: 'secret of the owner' };
const OTHER = { accessKeyId: 'AKOTHER', secretAccessKey: 'secret of another' };

let server: S3Server;
let client: S3Client;
let other: S3Client;

beforeAll(async () => {
  server = await startS3Server({ buckets: ['photos'], credentials: [OWNER, OTHER] });
  client = clientOf(server);
  other = clientOf(server, { credentials: OTHER });
});
afterAll(() => server.close());

describe('buckets', () => {
  it('are created, found, listed and deleted', async () => {
    const Bucket = 'short-lived';
    await client.send(new CreateBucketCommand({ Bucket }));
    await client.send(new HeadBucketCommand({ Bucket }));
    const { Buckets } = await client.send(new ListBucketsCommand({}));
    expect(Buckets?.map(({ Name }) => Name)).toEqual(['photos', Bucket]);
    await client.send(new PutObjectCommand({ Bucket, Key: 'x', Body: '' }));
    await expect(client.send(new DeleteBucketCommand({ Bucket }))).rejects.toMatchObject(
      failure('BucketNotEmpty', 409),
    );
    await send(server, { method: 'DELETE', path: `/${Bucket}/x` });
    await client.send(new DeleteBucketCommand({ Bucket }));
    await expect(client.send(new HeadBucketCommand({ Bucket }))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 404 },
    });
  });

  it.each(['Upper', 'ab', 'a..b', '-a-b', '192.168.0.1', 'x'.repeat(64)])(
    'are not called %s',
    async (name) => {
      expect(await send(server, { method: 'PUT', path: `/${name}` })).toMatchObject({
        status: 400,
        code: 'InvalidBucketName',
      });
    },
  );

  it('know where they are', async () => {
    const location = await client.send(new GetBucketLocationCommand({ Bucket: 'photos' }));
    expect(location.LocationConstraint).toBeUndefined();
    await using frankfurt = await startS3Server({ region: 'eu-central-1', buckets: ['photos'] });
    const there = clientOf(frankfurt);
    expect(await there.send(new GetBucketLocationCommand({ Bucket: 'photos' }))).toMatchObject({
      LocationConstraint: 'eu-central-1',
    });
    await there.send(
      new CreateBucketCommand({
        Bucket: 'here',
        CreateBucketConfiguration: { LocationConstraint: 'eu-central-1' },
      }),
    );
    const elsewhere = { LocationConstraint: 'eu-west-1' } as const;
    await expect(
      there.send(
        new CreateBucketCommand({ Bucket: 'elsewhere', CreateBucketConfiguration: elsewhere }),
      ),
    ).rejects.toMatchObject(failure('IllegalLocationConstraintException', 400));
    await expect(
      there.send(
        new CreateBucketCommand({
          Bucket: 'here',
          CreateBucketConfiguration: { LocationConstraint: 'eu-central-1' },
        }),
      ),
    ).rejects.toMatchObject(failure('BucketAlreadyOwnedByYou', 409));
  });
});

describe('another account', () => {
  const denied = failure('AccessDenied', 403);

  it('can’t touch a bucket', async () => {
    const Bucket = 'photos';
    await client.send(new PutObjectCommand({ Bucket, Key: 'mine', Body: 'mine' }));
    await expect(other.send(new ListObjectsV2Command({ Bucket }))).rejects.toMatchObject(denied);
    await expect(
      other.send(new PutObjectCommand({ Bucket, Key: 'mine', Body: 'theirs' })),
    ).rejects.toMatchObject(denied);
    for (const method of ['GET', 'DELETE']) {
      const answer = await send(server, { method, path: '/photos/mine', credentials: OTHER });
      expect(answer).toMatchObject({ status: 403, code: 'AccessDenied' });
    }
    const copied = await send(server, {
      method: 'PUT',
      path: '/theirs/x',
      credentials: OTHER,
      headers: { 'x-amz-copy-source': '/photos/mine' },
    });
    expect(copied.status).toBe(404);
    expect((await send(server, { path: '/photos/mine' })).body).toBe('mine');
  });

  it('can’t copy out of it', async () => {
    await other.send(new CreateBucketCommand({ Bucket: 'theirs' }));
    const answer = await send(server, {
      method: 'PUT',
      path: '/theirs/x',
      credentials: OTHER,
      headers: { 'x-amz-copy-source': '/photos/mine' },
    });
    expect(answer).toMatchObject({ status: 403, code: 'AccessDenied' });
  });

  it('can’t take its name, nor see it', async () => {
    await expect(other.send(new CreateBucketCommand({ Bucket: 'photos' }))).rejects.toMatchObject(
      failure('BucketAlreadyExists', 409),
    );
    const { Buckets } = await other.send(new ListBucketsCommand({}));
    expect(Buckets?.map(({ Name }) => Name) ?? []).not.toContain('photos');
  });
});

describe('configuration documents', () => {
  const Bucket = 'photos';

  it('of the life cycle are kept', async () => {
    const get = () => client.send(new GetBucketLifecycleConfigurationCommand({ Bucket }));
    await expect(get()).rejects.toMatchObject(failure('NoSuchLifecycleConfiguration', 404));
    const Rules = [
      { ID: 'r', Status: 'Enabled' as const, Filter: { Prefix: 'tmp/' }, Expiration: { Days: 1 } },
    ];
    await client.send(
      new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } }),
    );
    expect((await get()).Rules).toEqual(Rules);
  });

  it('of the policy are kept as they were put', async () => {
    const get = () => client.send(new GetBucketPolicyCommand({ Bucket }));
    await expect(get()).rejects.toMatchObject(failure('NoSuchBucketPolicy', 404));
    const Policy = JSON.stringify({
      Statement: {
        Effect: 'Deny',
        Principal: '*',
        Action: 's3:DeleteBucket',
        Resource: 'arn:aws:s3:::photos',
      },
    });
    await client.send(new PutBucketPolicyCommand({ Bucket, Policy }));
    expect((await get()).Policy).toBe(Policy);
  });

  it('of tags, CORS and encryption are told apart', async () => {
    await expect(client.send(new GetBucketCorsCommand({ Bucket }))).rejects.toMatchObject(
      failure('NoSuchCORSConfiguration', 404),
    );
    const TagSet = [{ Key: 'a', Value: 'b' }];
    await client.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }));
    expect((await client.send(new GetBucketTaggingCommand({ Bucket }))).TagSet).toEqual(TagSet);
    const { ServerSideEncryptionConfiguration } = await client.send(
      new GetBucketEncryptionCommand({ Bucket }),
    );
    expect(ServerSideEncryptionConfiguration?.Rules).toHaveLength(1);
  });

  it('that are no XML of theirs are refused', async () => {
    for (const body of ['<LifecycleConfiguration>', '<Other/>', 'x']) {
      const request = { method: 'PUT', path: '/photos', query: { lifecycle: '' }, body };
      expect(await send(server, request)).toMatchObject({ status: 400, code: 'MalformedXML' });
    }
  });
});

describe('what is not implemented', () => {
  it.each([
    ['PUT', '/photos/mine', 'acl'],
    ['GET', '/photos/mine', 'torrent'],
    ['PUT', '/photos/mine', 'never-heard-of'],
    ['PUT', '/photos/mine', 'retention'],
    ['DELETE', '/photos', 'replication'],
    ['POST', '/photos/mine', 'select'],
  ])('is said: %s %s?%s', async (method, path, parameter) => {
    const before = (await send(server, { path: '/photos/mine' })).body;
    const answer = await send(server, { method, path, query: { [parameter]: '' }, body: 'x' });
    expect(answer).toMatchObject({ status: 501, code: 'NotImplemented' });
    expect((await send(server, { path: '/photos/mine' })).body).toBe(before);
  });
});

describe('a bucket in the name of the host', () => {
  it('is the same as one in the path', async () => {
    const headers = { host: `photos.localhost:${server.port}` };
    const put = { method: 'PUT', path: '/by%20host', headers, body: 'by host' };
    expect((await send(server, put)).status).toBe(200);
    expect((await send(server, { path: '/photos/by%20host' })).body).toBe('by host');
    expect((await send(server, { path: '/', headers })).body).toContain('<Key>by host</Key>');
  });
});
