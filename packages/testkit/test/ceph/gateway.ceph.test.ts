import { randomUUID } from 'node:crypto';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeOnCeph } from './provided.js';

describeOnCeph('the provided S3 server', (server) => {
  const { endpoint, region, credentials, secondCredentials } = server;
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  const Bucket = `provided-${randomUUID()}`;
  const Key = 'Übersicht 日本.txt';

  beforeAll(async () => {
    await client.send(new CreateBucketCommand({ Bucket }));
    await client.send(new PutObjectCommand({ Bucket, Key, Body: 'content' }));
  });

  afterAll(async () => {
    await client.send(new DeleteObjectCommand({ Bucket, Key }));
    await client.send(new DeleteBucketCommand({ Bucket }));
    client.destroy();
  });

  test('answers', async () => {
    const response = await fetch(endpoint);
    expect(response.status).toBeLessThan(500);
    await response.body?.cancel();
  });

  test('gives back what was put', async () => {
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
    expect(await Body?.transformToString()).toBe('content');
  });

  test('refuses to create what exists', async () => {
    const again = new PutObjectCommand({ Bucket, Key, Body: 'other', IfNoneMatch: '*' });
    await expect(client.send(again)).rejects.toMatchObject({
      name: 'PreconditionFailed',
      $metadata: { httpStatusCode: 412 },
    });
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
    expect(await Body?.transformToString()).toBe('content');
  });

  test.skipIf(secondCredentials === null)('denies the second user', async () => {
    if (secondCredentials === null) return;
    const stranger = new S3Client({
      ...{ endpoint, region, forcePathStyle: true },
      credentials: secondCredentials,
    });
    await expect(stranger.send(new GetObjectCommand({ Bucket, Key }))).rejects.toMatchObject({
      name: 'AccessDenied',
    });
    stranger.destroy();
  });
});
