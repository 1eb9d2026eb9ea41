import { CreateMultipartUploadCommand, S3Client, UploadPartCommand } from '@aws-sdk/client-s3';
import { readAll, type UploadOptions } from '@org/storage-core';
import type { S3StorageProvider } from '@org/storage-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bytes, checksumsOf, chunksOf, streamed } from './content.js';
import { MIB, someKey, useServer } from './store.js';

const setup = useServer();
let client: S3Client;

beforeAll(() => {
  const { endpoint, region, credentials } = setup.server;
  client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
});
afterAll(() => client.destroy());

const content = bytes(21 * MIB); // five parts of 5 MiB, the last one small
const changed = (at: number) => {
  const other = Buffer.from(content);
  other[at] = (other[at] ?? 0) ^ 1;
  return other;
};

/** Sends three parts of five, and fails. */
async function interrupted(
  storage: S3StorageProvider,
  key: string,
  options: UploadOptions = {},
  body: Buffer = content,
): Promise<string> {
  let uploadId = '';
  const fault = setup.server.faults.add({
    type: 'error',
    code: 'AccessDenied',
    operation: 'UploadPart',
    from: 4,
  });
  const onMultipartUpload = (id: string) => {
    uploadId = id;
  };
  const upload = storage.upload(key, streamed(body), {
    keepParts: true,
    onMultipartUpload,
    ...options,
  });
  await expect(upload).rejects.toMatchObject({ code: 'AccessDenied' });
  fault.remove();
  setup.server.requests.reset();
  return uploadId;
}

/** Parts one after the other, so that it is known which of them were sent. */
const serial = { concurrency: 1, maxAttempts: 1 } as const;

function uploadsOf(key: string) {
  return setup.server.openMultipartUploads(setup.bucket).filter((upload) => upload.key === key);
}

async function expectContent(storage: S3StorageProvider, key: string, expected: Buffer) {
  const { body } = await storage.download(key);
  expect((await readAll(body)).equals(expected)).toBe(true);
  expect(uploadsOf(key)).toEqual([]);
}

describe('an upload that left its parts', () => {
  const servers = {
    'by the checksums of the parts': {},
    'by SHA-256 of the parts': { checksum: 'sha256' },
    'by CRC-64/NVME of the parts': { checksum: 'crc64nvme' },
    'by MD5, where the server has no checksums': { server: 'generic' },
  } as const;
  for (const [how, options] of Object.entries(servers)) {
    test(`is continued with what is missing, recognised ${how}`, async () => {
      const storage = setup.storage({ ...serial, ...options });
      const key = someKey();
      const described = { contentType: 'x/y', metadata: { a: 'ü' } };
      const uploadId = await interrupted(storage, key, described);
      expect(uploadsOf(key)).toMatchObject([{ uploadId, parts: 3 }]);
      const progress: number[] = [];
      const file = await storage.upload(key, streamed(content), {
        uploadId,
        onMultipartUpload: () => expect.unreachable(),
        onProgress: (sent) => progress.push(sent),
      });
      expect(setup.server.requests.counts()).toMatchObject({ ListParts: 1, UploadPart: 2 });
      expect(progress).toEqual([5, 10, 15, 20, 21].map((mib) => mib * MIB));
      expect(file).toMatchObject({ key, size: content.byteLength, ...described });
      expect(file.checksums).toMatchObject(checksumsOf(content));
      await expectContent(storage, key, content);
    });
  }

  test('is continued from memory, too, and by many parts at once', async () => {
    const storage = setup.storage(serial);
    const key = someKey();
    const uploadId = await interrupted(storage, key);
    const file = await setup.storage({ concurrency: 4 }).upload(key, content, { uploadId });
    expect(setup.server.requests.count('UploadPart')).toBe(2);
    expect(file.checksums).toMatchObject(checksumsOf(content));
    await expectContent(storage, key, content);
  });

  test('can be continued again and again', async () => {
    const storage = setup.storage(serial);
    const key = someKey();
    const uploadId = await interrupted(storage, key);
    setup.server.faults.add({ type: 'error', code: 'AccessDenied', operation: 'UploadPart' });
    const again = storage.upload(key, streamed(content), { uploadId });
    await expect(again).rejects.toMatchObject({ code: 'AccessDenied' });
    expect(uploadsOf(key)).toMatchObject([{ uploadId, parts: 3 }]);
    setup.server.faults.clear();
    await storage.upload(key, streamed(content), { uploadId });
    await expectContent(storage, key, content);
  });

  test('goes on with the parts’ size, whatever it is elsewhere', async () => {
    const storage = setup.storage({ ...serial, partSize: 6 * MIB });
    const key = someKey();
    const uploadId = await interrupted(storage, key);
    const elsewhere = setup.storage({ partSize: 5 * MIB, concurrency: 2 });
    await elsewhere.upload(key, streamed(content), { uploadId });
    expect(setup.server.requests.count('UploadPart')).toBe(1);
    await expectContent(storage, key, content);
  });

  test('is begun anew where it is gone, and its new id is told', async () => {
    const storage = setup.storage(serial);
    const key = someKey();
    const uploadId = await interrupted(storage, key);
    await storage.multipart.abort(key, uploadId);
    const told: string[] = [];
    await storage.upload(key, streamed(content), {
      uploadId,
      onMultipartUpload: (id) => void told.push(id),
    });
    expect(told).toHaveLength(1);
    expect(told).not.toContain(uploadId);
    expect(setup.server.requests.count('UploadPart')).toBe(5);
    await expectContent(storage, key, content);
  });

  for (const server of ['aws', 'generic'] as const) {
    test(`is begun anew for content that begins otherwise (${server})`, async () => {
      const storage = setup.storage({ ...serial, server });
      const key = someKey();
      const uploadId = await interrupted(storage, key);
      const other = changed(0);
      const told: string[] = [];
      await setup.storage({ server }).upload(key, streamed(other), {
        uploadId,
        onMultipartUpload: (id) => void told.push(id),
      });
      expect(told).toHaveLength(1);
      expect(told).not.toContain(uploadId);
      await expectContent(storage, key, other);
    });

    test(`is removed for content that differs later on, so that the next attempt succeeds (${server})`, async () => {
      const storage = setup.storage({ ...serial, server });
      const key = someKey();
      const uploadId = await interrupted(storage, key);
      const other = changed(11 * MIB);
      const upload = storage.upload(key, streamed(other), { uploadId });
      await expect(upload).rejects.toMatchObject({ code: 'Conflict', retryable: true });
      expect(uploadsOf(key)).toEqual([]);
      expect(await storage.exists(key)).toBe(false);
      await storage.upload(key, streamed(other), { uploadId });
      await expectContent(storage, key, other);
    });
  }

  test('is removed for content that ends before its last part', async () => {
    const storage = setup.storage(serial);
    const key = someKey();
    const uploadId = await interrupted(storage, key);
    const shorter = content.subarray(0, 10 * MIB);
    const upload = storage.upload(key, streamed(shorter), { uploadId });
    await expect(upload).rejects.toMatchObject({ code: 'Conflict', retryable: true });
    expect(uploadsOf(key)).toEqual([]);
    expect(await storage.exists(key)).toBe(false);
  });

  test('never ends well with the recorded SHA-256 of another content', async () => {
    const storage = setup.storage(serial);
    const key = someKey();
    const uploadId = await interrupted(storage, key, { checksums: checksumsOf(content) });
    const other = changed(content.byteLength - 1); // in a part that was not sent
    const upload = storage.upload(key, streamed(other), { uploadId });
    await expect(upload).rejects.toMatchObject({ code: 'ChecksumMismatch', key });
    await storage.upload(key, streamed(other), { uploadId });
    await expectContent(storage, key, other);
  });

  test('is begun anew where the server expects checksums of another kind for its parts', async () => {
    const key = someKey();
    const uploadId = await interrupted(setup.storage({ ...serial, checksum: 'sha256' }), key);
    const storage = setup.storage();
    await storage.upload(key, streamed(content), { uploadId });
    expect(setup.server.requests.count('UploadPart')).toBe(5);
    await expectContent(storage, key, content);
  });

  test('was begun elsewhere, without checksums, in one part of the whole', async () => {
    const key = someKey();
    const body = content.subarray(0, 8 * MIB);
    const name = { Bucket: setup.bucket, Key: key };
    const { UploadId } = await client.send(new CreateMultipartUploadCommand(name));
    await client.send(new UploadPartCommand({ ...name, UploadId, PartNumber: 1, Body: body }));
    setup.server.requests.reset();
    const storage = setup.storage();
    const file = await storage.upload(key, streamed(body), { uploadId: UploadId });
    expect(setup.server.requests.count('UploadPart')).toBe(0);
    expect(file.size).toBe(body.byteLength);
    await expectContent(storage, key, body);
  });

  test('is removed after a file that is small enough for one request', async () => {
    const storage = setup.storage(serial);
    const key = someKey();
    const uploadId = await interrupted(storage, key);
    await storage.upload(key, 'small', { uploadId });
    await expectContent(storage, key, Buffer.from('small'));
  });
});

describe('the parts of a failed upload', () => {
  test('are removed unless they are to be kept', async () => {
    const key = someKey();
    await interrupted(setup.storage(serial), key, { keepParts: false });
    expect(uploadsOf(key)).toEqual([]);
  });

  test('are kept when the upload was aborted, or its body failed', async () => {
    const storage = setup.storage(serial);
    const ends = {
      Aborted: (controller: AbortController) => controller.abort(),
      Unknown: () => {
        throw new Error('the body fails');
      },
    };
    for (const [code, end] of Object.entries(ends)) {
      const key = someKey();
      const controller = new AbortController();
      const body = (async function* () {
        yield* chunksOf(content.subarray(0, 16 * MIB));
        while (setup.server.requests.count('UploadPart') < 3) await storage.exists(key);
        end(controller);
        yield content.subarray(16 * MIB);
      })();
      setup.server.requests.reset();
      const upload = storage.upload(key, body, { keepParts: true, signal: controller.signal });
      await expect(upload).rejects.toMatchObject({ code });
      expect(uploadsOf(key)).toMatchObject([{ parts: 3 }]);
      const { uploadId = '' } = uploadsOf(key)[0] ?? {};
      await storage.multipart.abort(key, uploadId);
    }
  });

  test('are removed when they are not of the announced content', async () => {
    const storage = setup.storage();
    for (const options of [{ checksums: { crc32: '00000000' } }, { contentLength: 22 * MIB }]) {
      const key = someKey();
      const upload = storage.upload(key, streamed(content), { keepParts: true, ...options });
      await expect(upload).rejects.toMatchObject({ code: 'ChecksumMismatch' });
      expect(uploadsOf(key)).toEqual([]);
    }
  });

  test('are removed when nobody has got the id of the upload', async () => {
    const storage = setup.storage();
    const key = someKey();
    const upload = storage.upload(key, streamed(content), {
      keepParts: true,
      onMultipartUpload: () => Promise.reject(new Error('the journal is full')),
    });
    await expect(upload).rejects.toMatchObject({ code: 'Unknown' });
    expect(uploadsOf(key)).toEqual([]);
  });
});
