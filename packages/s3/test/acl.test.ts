import {
  CreateBucketCommand,
  DeletePublicAccessBlockCommand,
  GetObjectAclCommand,
  PutBucketOwnershipControlsCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { S3StorageProvider } from '@org/storage-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bytes, streamed } from './content.js';
import { MIB, someKey, useServer } from './store.js';

const setup = useServer();
const Bucket = 'with-lists';
let client: S3Client;

beforeAll(async () => {
  const { endpoint, region, credentials } = setup.server;
  client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  await client.send(new CreateBucketCommand({ Bucket }));
  const Rules = [{ ObjectOwnership: 'ObjectWriter' as const }];
  await client.send(
    new PutBucketOwnershipControlsCommand({ Bucket, OwnershipControls: { Rules } }),
  );
  await client.send(new DeletePublicAccessBlockCommand({ Bucket }));
});
afterAll(() => client.destroy());

/** What the lists say of files that were made in every way. */
async function permissionsOfFiles(acl?: 'public-read'): Promise<unknown[]> {
  const storage = setup.storage({ bucket: Bucket, acl, copyThreshold: 5 * MIB });
  const found: unknown[] = [];
  for (const body of ['small', streamed(bytes(6 * MIB))]) {
    const [key, copy] = [someKey(), someKey()];
    await storage.upload(key, body);
    await storage.copy(key, copy);
    for (const Key of [key, copy]) {
      const { Grants = [] } = await client.send(new GetObjectAclCommand({ Bucket, Key }));
      found.push(Grants.map(({ Permission }) => Permission));
    }
  }
  return found;
}

test('every file that is made has the list that was asked for', async () => {
  const shared = ['FULL_CONTROL', 'READ'];
  expect(await permissionsOfFiles('public-read')).toEqual([shared, shared, shared, shared]);
});

test('without the option, files are private', async () => {
  const own = ['FULL_CONTROL'];
  expect(await permissionsOfFiles()).toEqual([own, own, own, own]);
});

test('a bucket without lists takes files, and refuses the option with advice', async () => {
  const key = someKey();
  await setup.storage().upload(key, 'x');
  const storage = setup.storage({ acl: 'public-read' });
  for (const call of [() => storage.upload(key, 'y'), () => storage.copy(key, someKey())]) {
    await expect(call()).rejects.toMatchObject({
      code: 'Unsupported',
      message: expect.stringContaining('leave the option acl out'),
    });
  }
  expect((await storage.stat(key)).size).toBe(1);
});

test('what is uploaded by a ticket has the list, too', async () => {
  const storage = setup.storage({ bucket: Bucket, acl: 'public-read' });
  expect(await storage.createUploadTicket('a')).toMatchObject({
    headers: { 'x-amz-acl': 'public-read' },
  });
  const form = await storage.createUploadTicket('a', { type: 'post', size: { max: 1 } });
  expect(form).toMatchObject({ fields: { acl: 'public-read' } });
});

test('the option is refused for servers that have no lists, and for lists that there are not', () => {
  const refused = expect.objectContaining({ code: 'InvalidArgument' });
  for (const server of ['minio', 'r2'] as const) {
    expect(() => new S3StorageProvider({ bucket: 'b', server, acl: 'private' })).toThrow(refused);
  }
  const acl = 'everybody' as 'private';
  expect(() => new S3StorageProvider({ bucket: 'b', acl })).toThrow(refused);
});
