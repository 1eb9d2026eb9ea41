import {
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { type ETag, readAll, type UploadedPart } from '@org/storage-core';
import type { S3StorageProvider } from '@org/storage-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bytes, checksumsOf } from './content.js';
import { MIB, someKey, useServer } from './store.js';

const setup = useServer();
let client: S3Client;
let storage: S3StorageProvider;

beforeAll(() => {
  const { endpoint, region, credentials } = setup.server;
  client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
});
beforeEach(() => {
  storage = setup.storage({ prefix: 'below/' });
});
afterAll(() => client.destroy());

/** Begins an upload as a client with a ticket would, and sends its parts. */
async function begun(
  key: string,
  parts: readonly Uint8Array[],
  headers: Partial<CreateMultipartUploadCommandInput> = {},
) {
  const name = { Bucket: setup.bucket, Key: `below/${key}` };
  const created = await client.send(new CreateMultipartUploadCommand({ ...name, ...headers }));
  const UploadId = created.UploadId ?? '';
  const { ChecksumAlgorithm } = headers;
  const sent: { number: number; etag: ETag }[] = [];
  for (const [index, Body] of parts.entries()) {
    const number = index + 1;
    const part = new UploadPartCommand({
      ...name,
      UploadId,
      PartNumber: number,
      Body,
      ChecksumAlgorithm,
    });
    const { ETag = '' } = await client.send(part);
    sent.push({ number, etag: ETag.replaceAll('"', '') as ETag });
  }
  return { uploadId: UploadId, parts: sent };
}

async function listed(key: string, uploadId: string): Promise<UploadedPart[]> {
  const parts: UploadedPart[] = [];
  for await (const part of storage.multipart.listParts(key, uploadId)) parts.push(part);
  return parts;
}

describe('the parts of an unfinished upload', () => {
  test('are listed in order, with number, size and ETag, over several pages', async () => {
    const key = someKey();
    const contents = Array.from({ length: 1003 }, (_, i) => Buffer.from(`${i}`));
    const { uploadId, parts } = await begun(key, contents);
    setup.server.requests.reset();
    expect(await listed(key, uploadId)).toEqual(
      parts.map((part, i) => ({ ...part, size: `${i}`.length })),
    );
    expect(setup.server.requests.count('ListParts')).toBe(2);
    await storage.multipart.abort(key, uploadId);
  });

  test('can’t be listed of an upload that there is not', async () => {
    const key = someKey();
    const { uploadId } = await begun(key, []);
    expect(await listed(key, uploadId)).toEqual([]);
    await storage.multipart.abort(key, uploadId);
    await expect(listed(key, uploadId)).rejects.toMatchObject({
      code: 'NotFound',
      operation: 'listParts',
      key,
    });
    await expect(listed(key, '')).rejects.toMatchObject({ code: 'InvalidArgument' });
  });
});

describe('an upload that a client has sent the parts of', () => {
  const content = bytes(11 * MIB);
  const pieces = [
    content.subarray(0, 5 * MIB),
    content.subarray(5 * MIB, 10 * MIB),
    content.subarray(10 * MIB),
  ];

  test('is made a file, whatever order the parts are named in', async () => {
    const key = someKey('photo.jpg');
    const { uploadId, parts } = await begun(key, pieces, {
      ContentType: 'image/jpeg',
      ChecksumAlgorithm: 'CRC32',
      ChecksumType: 'FULL_OBJECT',
    });
    const file = await storage.multipart.complete(key, uploadId, [...parts].reverse());
    expect(file).toMatchObject({ key, size: content.byteLength, contentType: 'image/jpeg' });
    expect(file.checksums.crc32).toBe(checksumsOf(content).crc32);
    expect(file).toEqual(await storage.stat(key));
    expect((await readAll((await storage.download(key)).body)).equals(content)).toBe(true);
  });

  test('takes the checksums of its parts along, where the server composes the whole of them', async () => {
    const key = someKey();
    const { uploadId, parts } = await begun(key, pieces, { ChecksumAlgorithm: 'SHA256' });
    const file = await storage.multipart.complete(key, uploadId, parts);
    expect(file.size).toBe(content.byteLength);
  });

  test('is not there for another key, under another id, or once more', async () => {
    const key = someKey();
    const { uploadId, parts } = await begun(key, pieces);
    const { complete } = storage.multipart;
    await expect(complete(someKey(), uploadId, parts)).rejects.toMatchObject({ code: 'NotFound' });
    await expect(complete(key, 'nonsense', parts)).rejects.toMatchObject({ code: 'NotFound' });
    await complete(key, uploadId, parts);
    await expect(complete(key, uploadId, parts)).rejects.toMatchObject({
      code: 'NotFound',
      operation: 'completeUpload',
      key,
    });
  });

  test('is refused with parts that the store does not have, and stays', async () => {
    const key = someKey();
    const { uploadId, parts } = await begun(key, pieces);
    const [one, two] = parts;
    if (one === undefined || two === undefined) throw new Error('there are three parts');
    const wrong = {
      none: [],
      'one twice': [one, one],
      'one that was not sent': [...parts, { number: 4, etag: one.etag }],
      'one with another ETag': [one, { number: 2, etag: one.etag }],
    };
    for (const [what, named] of Object.entries(wrong)) {
      const completed = storage.multipart.complete(key, uploadId, named);
      await expect(completed, what).rejects.toMatchObject({ code: 'InvalidArgument', key });
    }
    expect(await listed(key, uploadId)).toHaveLength(3);
    await storage.multipart.abort(key, uploadId);
  });

  test('is refused with a part in the middle that is too small', async () => {
    const key = someKey();
    const { uploadId, parts } = await begun(key, [Buffer.from('a'), Buffer.from('b')]);
    const completed = storage.multipart.complete(key, uploadId, parts);
    await expect(completed).rejects.toMatchObject({ code: 'InvalidArgument' });
    await storage.multipart.abort(key, uploadId);
  });

  test('keeps to the condition, and can be completed without it later', async () => {
    const key = someKey();
    const { etag } = await storage.upload(key, 'old');
    const { uploadId, parts } = await begun(key, pieces);
    const { complete } = storage.multipart;
    const absent = complete(key, uploadId, parts, { condition: { type: 'absent' } });
    await expect(absent).rejects.toMatchObject({ code: 'AlreadyExists' });
    const wrong = { type: 'match', etag: 'f'.repeat(32) as ETag } as const;
    const other = complete(key, uploadId, parts, { condition: wrong });
    await expect(other).rejects.toMatchObject({ code: 'PreconditionFailed' });
    const file = await complete(key, uploadId, parts, { condition: { type: 'match', etag } });
    expect(file.size).toBe(content.byteLength);
  });

  test('is refused with a condition where the server would ignore it', async () => {
    const key = someKey();
    const { uploadId, parts } = await begun(key, pieces);
    const ceph = setup.storage({ prefix: 'below/', server: 'ceph' });
    const completed = ceph.multipart.complete(key, uploadId, parts, {
      condition: { type: 'absent' },
    });
    await expect(completed).rejects.toMatchObject({ code: 'Unsupported' });
    expect(await ceph.multipart.complete(key, uploadId, parts)).toMatchObject({ key });
  });

  test('is a file, though the answer to its completion was lost', async () => {
    const key = someKey();
    const { uploadId, parts } = await begun(key, pieces);
    setup.server.faults.add({
      type: 'lost-answer',
      operation: 'CompleteMultipartUpload',
      times: 1,
    });
    const file = await storage.multipart.complete(key, uploadId, parts);
    expect(file).toMatchObject({ key, size: content.byteLength });
  });
});

describe('a sweep', () => {
  const later = () => new Date(Date.now() + 60_000);

  test('aborts what was begun before a time, under a prefix, and tells which', async () => {
    const folder = someKey('');
    const keys = Array.from({ length: 20 }, (_, i) => `${folder}${String(i).padStart(2, '0')}`);
    for (const key of keys) await begun(key, [Buffer.from('x')]);
    const other = someKey();
    const { uploadId } = await begun(other, []);
    const nothing = await storage.multipart.sweep({
      prefix: folder,
      initiatedBefore: new Date(Date.now() - 60_000),
    });
    expect(nothing).toEqual({ aborted: [], failed: [] });
    const { aborted, failed } = await storage.multipart.sweep({
      prefix: folder,
      initiatedBefore: later(),
    });
    expect(aborted.map(({ key }) => key).sort()).toEqual(keys);
    expect(failed).toEqual([]);
    const left: string[] = [];
    for await (const { key } of storage.multipart.list()) left.push(key);
    expect(left).toContain(other);
    expect(left.filter((key) => key.startsWith(folder))).toEqual([]);
    await storage.multipart.abort(other, uploadId);
  });

  test('goes on after an upload that can’t be aborted, and tells of it', async () => {
    const folder = someKey('');
    for (const name of ['a', 'b', 'c']) await begun(folder + name, []);
    setup.server.faults.add({
      type: 'error',
      code: 'AccessDenied',
      operation: 'AbortMultipartUpload',
      key: `below/${folder}b`,
    });
    const sweep = { prefix: folder, initiatedBefore: later() };
    const { aborted, failed } = await storage.multipart.sweep(sweep);
    expect(aborted.map(({ key }) => key).sort()).toEqual([`${folder}a`, `${folder}c`]);
    expect(failed).toMatchObject([
      { upload: { key: `${folder}b` }, error: { code: 'AccessDenied', key: `${folder}b` } },
    ]);
    setup.server.faults.clear();
    expect((await storage.multipart.sweep(sweep)).aborted).toHaveLength(1);
  });

  test('fails where the uploads can’t be listed, or the time is none', async () => {
    setup.server.faults.add({
      type: 'error',
      code: 'AccessDenied',
      operation: 'ListMultipartUploads',
    });
    const listing = storage.multipart.sweep({ initiatedBefore: later() });
    await expect(listing).rejects.toMatchObject({
      code: 'AccessDenied',
      operation: 'sweepUploads',
    });
    const never = storage.multipart.sweep({ initiatedBefore: new Date('never') });
    await expect(never).rejects.toMatchObject({ code: 'InvalidArgument' });
  });

  test('ends when it is aborted', async () => {
    const folder = someKey('');
    for (const name of ['a', 'b', 'c']) await begun(folder + name, []);
    const controller = new AbortController();
    const fault = setup.server.faults.add({
      type: 'delay',
      milliseconds: 10_000,
      operation: 'AbortMultipartUpload',
    });
    const { signal } = controller;
    const sweep = storage.multipart.sweep({
      prefix: folder,
      initiatedBefore: later(),
      signal,
    });
    const ended = expect(sweep).rejects.toMatchObject({ code: 'Aborted' });
    while (fault.hits === 0) await new Promise((resolve) => setImmediate(resolve));
    controller.abort();
    await ended;
    setup.server.faults.clear();
    await storage.multipart.sweep({ prefix: folder, initiatedBefore: later() });
  });
});

test('an upload of a name that is no key can be swept, too', async () => {
  const folder = someKey('');
  await begun(`${folder}/x`, []);
  const initiatedBefore = new Date(Date.now() + 60_000);
  const { aborted } = await storage.multipart.sweep({ prefix: folder, initiatedBefore });
  expect(aborted).toMatchObject([{ key: `${folder}/x` }]);
});
