import { createHash } from 'node:crypto';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startSink } from '../src/servers/sink.mjs';
import { SortedKeys } from '../src/servers/sorted-keys.mjs';

const Bucket = 'bench';
let sink;
let client;

beforeAll(async () => {
  sink = await startSink();
  client = new S3Client({ ...sink, forcePathStyle: true, maxAttempts: 1 });
});

afterAll(async () => {
  client.destroy();
  await sink.close();
});

const put = (Key, Body = 'content', more = {}) =>
  client.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));

const refused = (status) => ({ $metadata: { httpStatusCode: status } });

test('a conditional create is refused the second time', async () => {
  const created = await put('create/a', 'one', { IfNoneMatch: '*' });
  expect(created.ETag).toMatch(/^"[0-9a-f]{32}-1"$/);
  await expect(put('create/a', 'two', { IfNoneMatch: '*' })).rejects.toMatchObject({
    ...refused(412),
    name: 'PreconditionFailed',
  });
  await expect(put('create/a', 'two')).resolves.toBeDefined();
});

test('a condition on what is there has to match', async () => {
  const { ETag } = await put('match/a');
  await expect(put('match/a', 'b', { IfMatch: '"other"' })).rejects.toMatchObject(refused(412));
  await expect(put('match/none', 'b', { IfMatch: ETag })).rejects.toMatchObject(refused(404));
  await put('match/a', 'b', { IfMatch: ETag });
  const remove = new DeleteObjectCommand({ Bucket, Key: 'match/a', IfMatch: ETag });
  await expect(client.send(remove)).rejects.toMatchObject(refused(412));
});

test('what was put is told by its length, metadata and the checksum that came with it', async () => {
  const ChecksumSHA256 = createHash('sha256').update('content').digest('base64');
  const done = await put('head/a', 'content', { ChecksumSHA256, Metadata: { mtime: '12.5' } });
  expect(done.ChecksumSHA256).toBe(ChecksumSHA256);
  const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'head/a' }));
  expect(head).toMatchObject({ ContentLength: 7, ETag: done.ETag, Metadata: { mtime: '12.5' } });
  const none = client.send(new HeadObjectCommand({ Bucket, Key: 'head/none' }));
  await expect(none).rejects.toMatchObject(refused(404));
});

test('a body that is not as long as it should be is refused', async () => {
  const headers = { 'x-amz-decoded-content-length': '9' };
  const answer = await fetch(`${sink.endpoint}/${Bucket}/short`, {
    method: 'PUT',
    body: 'five5',
    headers,
  });
  expect(answer.status).toBe(400);
  expect(await answer.text()).toContain('IncompleteBody');
});

test('the framing of chunks does not count as content', async () => {
  const headers = { 'x-amz-decoded-content-length': '3' };
  const body = '3\r\nabc\r\n0\r\nx-amz-checksum-crc32:NSRBwg==\r\n\r\n';
  await fetch(`${sink.endpoint}/${Bucket}/framed`, { method: 'PUT', body, headers });
  const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'framed' }));
  expect(head.ContentLength).toBe(3);
});

test('an upload in parts has the length of the parts that were named', async () => {
  const name = { Bucket, Key: 'parts/a' };
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(name));
  const part = async (PartNumber, Body) => {
    const { ETag } = await client.send(
      new UploadPartCommand({ ...name, UploadId, PartNumber, Body }),
    );
    return { PartNumber, ETag };
  };
  const Parts = [await part(1, 'first'), await part(2, 'second')];
  await part(3, 'left out');
  const complete = (parts, more = {}) =>
    client.send(
      new CompleteMultipartUploadCommand({
        ...name,
        UploadId,
        MultipartUpload: { Parts: parts },
        ...more,
      }),
    );
  await expect(complete([{ PartNumber: 9, ETag: '"x"' }])).rejects.toMatchObject(refused(400));
  await complete(Parts, { IfNoneMatch: '*' });
  const head = await client.send(new HeadObjectCommand(name));
  expect(head.ContentLength).toBe('firstsecond'.length);
});

test('an upload in parts is refused where its key is taken', async () => {
  await put('parts/taken');
  const name = { Bucket, Key: 'parts/taken' };
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(name));
  const { ETag } = await client.send(
    new UploadPartCommand({ ...name, UploadId, PartNumber: 1, Body: 'a' }),
  );
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
  const complete = new CompleteMultipartUploadCommand({
    ...name,
    UploadId,
    MultipartUpload,
    IfNoneMatch: '*',
  });
  await expect(client.send(complete)).rejects.toMatchObject(refused(412));
});

test('a listing is in order, in pages, and has folders', async () => {
  const keys = ['list/a', 'list/b/1', 'list/b/2', 'list/c', 'list/d/1', 'list/e&<'];
  await Promise.all(keys.toReversed().map((key) => put(key)));
  await put('lisu/after');
  expect(await listed({ Prefix: 'list/' })).toEqual({ keys, folders: [] });
  for (const MaxKeys of [1, 2, 5]) {
    expect(await listed({ Prefix: 'list/', MaxKeys })).toEqual({ keys, folders: [] });
    expect(await listed({ Prefix: 'list/', Delimiter: '/', MaxKeys })).toEqual({
      keys: ['list/a', 'list/c', 'list/e&<'],
      folders: ['list/b/', 'list/d/'],
    });
  }
  const Objects = keys.map((Key) => ({ Key }));
  await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
  expect(await listed({ Prefix: 'list/' })).toEqual({ keys: [], folders: [] });
});

test('a content can not be had back', async () => {
  await put('get/a');
  const get = client.send(new GetObjectCommand({ Bucket, Key: 'get/a' }));
  await expect(get).rejects.toMatchObject(refused(501));
});

test('keys stay in order over many pieces, whatever the order in which they come and go', () => {
  const keys = new SortedKeys();
  const name = (n) => String(n).padStart(6, '0');
  for (let n = 0; n < 10_000; n++) keys.add(name((n * 7_919) % 10_000));
  keys.add(name(5));
  expect([...keys.from('')]).toEqual(Array.from({ length: 10_000 }, (_, n) => name(n)));
  for (let n = 0; n < 9_990; n++) keys.delete(name(n));
  keys.delete(`${name(9_990)}, which never came`);
  expect([...keys.from(name(9_993))]).toHaveLength(7);
  expect([...keys.from('')]).toHaveLength(10);
});

async function listed(options) {
  const keys = [];
  const folders = [];
  let ContinuationToken;
  do {
    const page = await client.send(
      new ListObjectsV2Command({ Bucket, ...options, ContinuationToken }),
    );
    for (const { Key } of page.Contents ?? []) keys.push(Key);
    for (const { Prefix } of page.CommonPrefixes ?? []) folders.push(Prefix);
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken !== undefined);
  return { keys, folders };
}
