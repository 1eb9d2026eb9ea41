import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { Role } from '@org/storage-s3/provision';
import { type S3Server, startS3Server } from '@org/storage-testkit/s3-server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addUser } from './users.js';

const Bucket = 'files';
const file = { Bucket, Key: 'app/a' };
const Body = 'x';

let server: S3Server;
let etag: string;
const clients = new Map<string, S3Client>();

const clientOf = (name: string, credentials = server.credentials) => {
  const { endpoint, region } = server;
  const client = new S3Client({
    endpoint,
    region,
    credentials,
    forcePathStyle: true,
    maxAttempts: 1,
  });
  clients.set(name, client);
  return client;
};
const as = (name: string) => clients.get(name) ?? clientOf(name);

beforeAll(async () => {
  server = await startS3Server({ buckets: [Bucket, 'other'] });
  const owner = clientOf('owner');
  for (const Key of ['app/a', 'elsewhere/a'])
    await owner.send(new PutObjectCommand({ ...file, Key, Body }));
  await owner.send(new PutObjectCommand({ Bucket: 'other', Key: 'app/a', Body }));
  etag = (await owner.send(new HeadObjectCommand(file))).ETag ?? '';
  for (const role of ['application', 'migrator', 'readonly', 'provisioner'] as const)
    clientOf(
      role,
      addUser(server, role, { ...(role === 'provisioner' ? {} : { prefix: 'app' }) }).credentials,
    );
  clientOf('hybrid', addUser(server, 'application', { prefix: 'app', mode: 'hybrid' }).credentials);
});
afterAll(async () => {
  for (const client of clients.values()) client.destroy();
  await server.close();
});

type Who = Role | 'hybrid';
type Request = (client: S3Client) => Promise<unknown>;

const ALL: readonly Who[] = ['application', 'hybrid', 'migrator', 'readonly', 'provisioner'];
const NOT_THE_APPLICATION: readonly Who[] = ['migrator', 'readonly', 'provisioner'];

const policy = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:GetObject',
      Resource: `arn:aws:s3:::${Bucket}/x`,
    },
  ],
});

/** What the role may not do, request by request. */
const DENIED: readonly (readonly [string, readonly Who[], Request])[] = [
  [
    'write without a condition',
    NOT_THE_APPLICATION,
    (c) => c.send(new PutObjectCommand({ ...file, Body })),
  ],
  [
    'write over the very version it has seen',
    NOT_THE_APPLICATION,
    (c) => c.send(new PutObjectCommand({ ...file, Body, IfMatch: etag })),
  ],
  [
    'complete an upload in parts without a condition',
    ['migrator'],
    async (c) => {
      const key = { Bucket, Key: 'app/parts' };
      const { UploadId } = await c.send(new CreateMultipartUploadCommand(key));
      const part = { PartNumber: 1 };
      const { ETag } = await c.send(new UploadPartCommand({ ...key, ...part, UploadId, Body }));
      const MultipartUpload = { Parts: [{ ...part, ETag }] };
      await c.send(new CompleteMultipartUploadCommand({ ...key, UploadId, MultipartUpload }));
    },
  ],
  [
    'copy over a file',
    NOT_THE_APPLICATION,
    (c) => c.send(new CopyObjectCommand({ ...file, Key: 'app/b', CopySource: `${Bucket}/app/a` })),
  ],
  [
    'delete without a condition',
    ['hybrid', ...NOT_THE_APPLICATION],
    (c) => c.send(new DeleteObjectCommand(file)),
  ],
  ['delete a version', ALL, (c) => c.send(new DeleteObjectCommand({ ...file, VersionId: 'null' }))],
  [
    'give a file the tag of a tombstone, which a lifecycle rule would remove',
    ALL,
    (c) => c.send(new PutObjectTaggingCommand({ ...file, Tagging: { TagSet: [] } })),
  ],
  [
    'write tags that are no tombstone’s',
    ['hybrid', ...NOT_THE_APPLICATION],
    (c) =>
      c.send(
        new PutObjectCommand({ ...file, Key: 'app/new', Body, Tagging: 'a=b', IfNoneMatch: '*' }),
      ),
  ],
  [
    'make a file public',
    ALL,
    (c) =>
      c.send(
        new PutObjectCommand({ ...file, Key: 'app/p', Body, ACL: 'public-read', IfNoneMatch: '*' }),
      ),
  ],
  [
    'read beside the prefix',
    ALL,
    (c) => c.send(new GetObjectCommand({ ...file, Key: 'elsewhere/a' })),
  ],
  [
    'learn what is missing beside the prefix',
    ALL,
    (c) => c.send(new GetObjectCommand({ ...file, Key: 'elsewhere/none' })),
  ],
  [
    'write beside the prefix',
    ALL,
    (c) => c.send(new PutObjectCommand({ ...file, Key: 'elsewhere/n', Body, IfNoneMatch: '*' })),
  ],
  [
    'write into a prefix that begins alike',
    ALL,
    (c) => c.send(new PutObjectCommand({ ...file, Key: 'application/n', Body, IfNoneMatch: '*' })),
  ],
  [
    'list the whole bucket',
    ['application', 'hybrid', 'migrator', 'readonly'],
    (c) => c.send(new ListObjectsV2Command({ Bucket })),
  ],
  [
    'list beside the prefix',
    ['application', 'hybrid', 'migrator', 'readonly'],
    (c) => c.send(new ListObjectsV2Command({ Bucket, Prefix: 'elsewhere/' })),
  ],
  [
    'list versions',
    ['application', 'hybrid', 'readonly'],
    (c) => c.send(new ListObjectVersionsCommand({ Bucket, Prefix: 'app/' })),
  ],
  [
    'read from another bucket',
    ALL,
    (c) => c.send(new GetObjectCommand({ ...file, Bucket: 'other' })),
  ],
  [
    'list another bucket',
    ALL,
    (c) => c.send(new ListObjectsV2Command({ Bucket: 'other', Prefix: 'app/' })),
  ],
  [
    'copy from another bucket',
    ALL,
    (c) => c.send(new CopyObjectCommand({ ...file, Key: 'app/c', CopySource: 'other/app/a' })),
  ],
  ['list the buckets', ALL, (c) => c.send(new ListBucketsCommand({}))],
  [
    'change the policy',
    ['application', 'hybrid', 'migrator', 'readonly'],
    (c) => c.send(new PutBucketPolicyCommand({ Bucket, Policy: policy })),
  ],
  [
    'turn versioning off',
    ['application', 'hybrid', 'migrator', 'readonly'],
    (c) =>
      c.send(
        new PutBucketVersioningCommand({
          Bucket,
          VersioningConfiguration: { Status: 'Suspended' },
        }),
      ),
  ],
  [
    'have files expire',
    ['application', 'hybrid', 'migrator', 'readonly'],
    (c) =>
      c.send(
        new PutBucketLifecycleConfigurationCommand({
          Bucket,
          LifecycleConfiguration: {
            Rules: [{ Status: 'Enabled', Filter: { Prefix: '' }, Expiration: { Days: 1 } }],
          },
        }),
      ),
  ],
  [
    'change the policy of another bucket',
    ALL,
    (c) => c.send(new PutBucketPolicyCommand({ Bucket: 'other', Policy: policy })),
  ],
];

describe.each(DENIED)('to %s', (_, whom, request) => {
  it.each(whom)('is denied to: %s', async (who) => {
    await expect(request(as(who))).rejects.toMatchObject({
      name: 'AccessDenied',
      $metadata: { httpStatusCode: 403 },
    });
  });
});

describe('what stays allowed beside it', () => {
  it('is a migrator’s create, and its delete of what it has seen', async () => {
    const key = { Bucket, Key: 'app/created' };
    const { ETag } = await as('migrator').send(
      new PutObjectCommand({ ...key, Body, IfNoneMatch: '*' }),
    );
    await expect(
      as('migrator').send(new PutObjectCommand({ ...key, Body, IfNoneMatch: '*' })),
    ).rejects.toMatchObject({ $metadata: { httpStatusCode: 412 } });
    await as('migrator').send(new DeleteObjectCommand({ ...key, IfMatch: ETag }));
    await expect(as('migrator').send(new HeadObjectCommand(key))).rejects.toMatchObject({
      name: 'NotFound',
    });
  });

  it('is the tombstone of an application', async () => {
    const Tagging = 'storage-tombstone=true';
    await as('hybrid').send(new PutObjectCommand({ ...file, Key: 'app/gone', Body, Tagging }));
  });

  it('is told key by key where several are deleted', async () => {
    const Objects = ['app/a', 'elsewhere/a'].map((Key) => ({ Key }));
    const remove = (who: Who) =>
      as(who).send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    const codes = (await remove('migrator')).Errors?.map(({ Code }) => Code);
    expect(codes).toEqual(['AccessDenied', 'AccessDenied']);
    const { Deleted, Errors } = await remove('application');
    expect(Deleted).toMatchObject([{ Key: 'app/a' }]);
    expect(Errors).toMatchObject([{ Key: 'elsewhere/a', Code: 'AccessDenied' }]);
  });
});
