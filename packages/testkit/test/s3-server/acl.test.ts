import {
  CreateBucketCommand,
  DeletePublicAccessBlockCommand,
  GetBucketAclCommand,
  GetBucketOwnershipControlsCommand,
  GetObjectAclCommand,
  type ObjectCannedACL,
  type ObjectOwnership,
  PutBucketOwnershipControlsCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type S3Server, startS3Server } from '../../src/s3-server/index.js';
import { clientOf, failure } from './client.js';
import { send, transmit } from './signed-request.js';

const OTHER = { accessKeyId: 'AKOTHER', secretAccessKey: 'secret of another' };

let server: S3Server;
let client: S3Client;
let Bucket: string;
let buckets = 0;

beforeAll(async () => {
  const owner = { accessKeyId: 'AKOWNER', secretAccessKey: 'secret of the owner' };
  server = await startS3Server({ credentials: [owner, OTHER] });
  client = clientOf(server);
});
afterAll(() => server.close());
beforeEach(async () => {
  buckets += 1;
  Bucket = `bucket-${buckets}`;
  await client.send(new CreateBucketCommand({ Bucket }));
});

const own = (ObjectOwnership: ObjectOwnership) =>
  client.send(
    new PutBucketOwnershipControlsCommand({
      Bucket,
      OwnershipControls: { Rules: [{ ObjectOwnership }] },
    }),
  );
const unblock = () => client.send(new DeletePublicAccessBlockCommand({ Bucket }));
const block = (name: string) =>
  client.send(
    new PutPublicAccessBlockCommand({
      Bucket,
      PublicAccessBlockConfiguration: { [name]: true },
    }),
  );
const put = (ACL: ObjectCannedACL | undefined, Key = 'k') =>
  client.send(new PutObjectCommand({ Bucket, Key, Body: 'content', ACL }));
const anonymous = (path = '/k', method = 'GET') =>
  transmit(server, { method, target: `/${Bucket}${path}`, headers: {} });

describe('a new bucket', () => {
  it('knows no access control lists, only its owner', async () => {
    const { OwnershipControls } = await client.send(
      new GetBucketOwnershipControlsCommand({ Bucket }),
    );
    expect(OwnershipControls?.Rules).toEqual([{ ObjectOwnership: 'BucketOwnerEnforced' }]);
    await put('private');
    await put('bucket-owner-full-control');
    await put(undefined);
    for (const acl of ['public-read', 'authenticated-read', 'bucket-owner-read'] as const) {
      await expect(put(acl)).rejects.toMatchObject(failure('AccessControlListNotSupported', 400));
    }
    const headers = { 'x-amz-grant-read': 'id=1' };
    const granted = { method: 'PUT', path: `/${Bucket}/k`, body: 'x', headers };
    expect(await send(server, granted)).toMatchObject({ code: 'AccessControlListNotSupported' });
  });

  it('can’t be made a public one', async () => {
    const create = (headers: Record<string, string>) =>
      send(server, { method: 'PUT', path: '/new-bucket', headers });
    expect(await create({ 'x-amz-acl': 'public-read' })).toMatchObject({
      status: 400,
      code: 'InvalidBucketAclWithObjectOwnership',
    });
    const owned = { 'x-amz-object-ownership': 'ObjectWriter' };
    expect(await create({ ...owned, 'x-amz-acl': 'public-read' })).toMatchObject({
      status: 400,
      code: 'InvalidBucketAclWithBlockPublicAccessError',
    });
    expect(await create({ 'x-amz-object-ownership': 'Nobody' })).toMatchObject({
      code: 'InvalidArgument',
    });
    expect(await create({ ...owned, 'x-amz-acl': 'private' })).toMatchObject({ status: 200 });
  });

  it('says that it is its owner’s', async () => {
    const { Owner, Grants } = await client.send(new GetBucketAclCommand({ Bucket }));
    expect(Grants).toEqual([
      { Grantee: { ID: Owner?.ID, Type: 'CanonicalUser' }, Permission: 'FULL_CONTROL' },
    ]);
  });
});

describe('a bucket with access control lists', () => {
  beforeEach(() => own('ObjectWriter'));

  it('keeps those of its objects', async () => {
    await unblock();
    await put('public-read');
    const { Owner, Grants } = await client.send(new GetObjectAclCommand({ Bucket, Key: 'k' }));
    expect(Grants).toEqual([
      { Grantee: { ID: Owner?.ID, Type: 'CanonicalUser' }, Permission: 'FULL_CONTROL' },
      {
        Grantee: { URI: 'http://acs.amazonaws.com/groups/global/AllUsers', Type: 'Group' },
        Permission: 'READ',
      },
    ]);
    await put(undefined);
    const plain = await client.send(new GetObjectAclCommand({ Bucket, Key: 'k' }));
    expect(plain.Grants).toHaveLength(1);
  });

  it('lets everybody read what is public, and do nothing else', async () => {
    await unblock();
    await put('public-read');
    await put('private', 'hidden');
    expect(await anonymous()).toMatchObject({ status: 200, body: 'content' });
    expect(await anonymous('/hidden')).toMatchObject({ status: 403, code: 'AccessDenied' });
    expect(await anonymous('')).toMatchObject({ status: 403, code: 'AccessDenied' });
    expect(await anonymous('/k?acl')).toMatchObject({ status: 403, code: 'AccessDenied' });
    expect(await anonymous('/k', 'DELETE')).toMatchObject({ status: 403, code: 'AccessDenied' });
  });

  it('lets nobody read what the policy denies', async () => {
    await unblock();
    await put('public-read');
    const Policy = JSON.stringify({
      Statement: {
        Effect: 'Deny',
        Principal: '*',
        Action: 's3:GetObject',
        Resource: `arn:aws:s3:::${Bucket}/*`,
      },
    });
    await client.send(new PutBucketPolicyCommand({ Bucket, Policy }));
    expect(await anonymous()).toMatchObject({ status: 403, code: 'AccessDenied' });
  });

  it('lets who has an account read what is for those', async () => {
    await unblock();
    await put('authenticated-read');
    const path = `/${Bucket}/k`;
    expect(await send(server, { path, credentials: OTHER })).toMatchObject({ status: 200 });
    expect(await anonymous()).toMatchObject({ status: 403 });
  });

  it('takes none that is public while BlockPublicAcls holds', async () => {
    await expect(put('public-read')).rejects.toMatchObject(failure('AccessDenied', 403));
    await unblock();
    await block('BlockPublicAcls');
    await expect(put('public-read')).rejects.toMatchObject(failure('AccessDenied', 403));
    await put('bucket-owner-read');
    await unblock();
    await put('public-read');
  });

  it('does not act on them while IgnorePublicAcls holds', async () => {
    await unblock();
    await put('public-read');
    await block('IgnorePublicAcls');
    expect(await anonymous()).toMatchObject({ status: 403, code: 'AccessDenied' });
    await unblock();
    expect(await anonymous()).toMatchObject({ status: 200 });
  });

  it('refuses what is no list, and grants one by one', async () => {
    const write = (headers: Record<string, string>) =>
      send(server, { method: 'PUT', path: `/${Bucket}/k`, body: 'x', headers });
    expect(await write({ 'x-amz-acl': 'open' })).toMatchObject({
      status: 400,
      code: 'InvalidArgument',
    });
    expect(await write({ 'x-amz-grant-read': 'id=1' })).toMatchObject({
      status: 501,
      code: 'NotImplemented',
    });
  });

  it('no longer acts on them when its owner owns everything again', async () => {
    await unblock();
    await put('public-read');
    await own('BucketOwnerEnforced');
    expect(await anonymous()).toMatchObject({ status: 403, code: 'AccessDenied' });
    const { Grants } = await client.send(new GetObjectAclCommand({ Bucket, Key: 'k' }));
    expect(Grants).toHaveLength(1);
  });
});

it('ownership controls of no kind are refused', async () => {
  for (const content of ['', '<Rule/>', '<Rule><ObjectOwnership>Me</ObjectOwnership></Rule>']) {
    const body = `<OwnershipControls>${content}</OwnershipControls>`;
    const request = { method: 'PUT', path: `/${Bucket}`, query: { ownershipControls: '' }, body };
    expect(await send(server, request)).toMatchObject({ status: 400, code: 'MalformedXML' });
  }
  const body =
    '<PublicAccessBlockConfiguration><BlockPublicAcls>perhaps</BlockPublicAcls></PublicAccessBlockConfiguration>';
  const request = { method: 'PUT', path: `/${Bucket}`, query: { publicAccessBlock: '' }, body };
  expect(await send(server, request)).toMatchObject({ status: 400, code: 'MalformedXML' });
});
