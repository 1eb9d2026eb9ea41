import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { Crc64Nvme, readAll } from '@org/storage-core';
import { S3StorageProvider } from '@org/storage-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bytes, checksumsOf, streamed } from './content.js';
import { MIB, someKey, useServer } from './store.js';

const setup = useServer();
let client: S3Client;

beforeAll(() => {
  const { endpoint, region, credentials } = setup.server;
  client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
});
afterAll(() => client.destroy());

const head = (Key: string) =>
  client.send(new HeadObjectCommand({ Bucket: setup.bucket, Key, ChecksumMode: 'ENABLED' }));

const base64 = (hex: string) => Buffer.from(hex, 'hex').toString('base64');

test('a body up to the threshold is one request, a larger one goes in parts', async () => {
  const storage = setup.storage();
  for (const size of [0, 5 * MIB - 1, 5 * MIB]) {
    for (const body of [bytes(size), streamed(bytes(size))]) await storage.upload(someKey(), body);
  }
  expect(setup.server.requests.counts()).toEqual({ PutObject: 6 });
  setup.server.requests.reset();
  for (const body of [bytes(5 * MIB + 1), streamed(bytes(5 * MIB + 1))]) {
    await storage.upload(someKey(), body);
  }
  expect(setup.server.requests.counts()).toEqual({
    CreateMultipartUpload: 2,
    UploadPart: 4,
    CompleteMultipartUpload: 2,
  });
});

test('a threshold above the part size keeps larger files in one request', async () => {
  const storage = setup.storage({ multipartThreshold: 12 * MIB });
  await storage.upload(someKey(), streamed(bytes(12 * MIB)));
  expect(setup.server.requests.counts()).toEqual({ PutObject: 1 });
  await storage.upload(someKey(), streamed(bytes(12 * MIB + 1)));
  expect(setup.server.requests.count('UploadPart')).toBe(3);
});

test('the server keeps the CRC-32 of the whole, and our SHA-256 where it was known in time', async () => {
  const storage = setup.storage();
  const small = bytes(1000);
  const large = bytes(11 * MIB);
  await storage.upload('small', streamed(small));
  await storage.upload('large', streamed(large));
  await storage.upload('large in memory', large);
  for (const [key, content] of Object.entries({ small, large, 'large in memory': large })) {
    const { crc32, sha256 } = checksumsOf(content);
    const stored = await head(key);
    expect(stored.ChecksumCRC32).toBe(base64(crc32));
    expect(stored.ChecksumType).toBe('FULL_OBJECT');
    expect(stored.Metadata).toEqual(key === 'large' ? {} : { 'storage-sha256': sha256 });
  }
});

test('the id of an upload in parts is written down before its first part is sent', async () => {
  const { requests } = setup.server;
  const seen: string[] = [];
  const key = someKey();
  await setup.storage().upload(key, streamed(bytes(11 * MIB)), {
    async onMultipartUpload(id) {
      await new Promise((resolve) => setTimeout(resolve, 30));
      const open = setup.server.openMultipartUploads(setup.bucket);
      expect(open).toEqual([{ uploadId: id, key, parts: 0 }]);
      seen.push(id);
      expect(requests.count('UploadPart')).toBe(0);
    },
  });
  expect(seen).toHaveLength(1);
  expect(requests.count('UploadPart')).toBe(3);
});

test('an id that can’t be written down ends the upload', async () => {
  const failure = new Error('the journal is full');
  const upload = setup.storage().upload(someKey(), streamed(bytes(11 * MIB)), {
    onMultipartUpload: () => Promise.reject(failure),
  });
  await expect(upload).rejects.toMatchObject({ code: 'Unknown' });
  expect(setup.server.requests.count('UploadPart')).toBe(0);
  expect(setup.server.openMultipartUploads(setup.bucket)).toEqual([]);
});

test('progress ascends to the size, in parts and in one request', async () => {
  for (const size of [0, 10, 21 * MIB]) {
    const seen: number[] = [];
    await setup.storage().upload(someKey(), streamed(bytes(size)), {
      onProgress: (sent) => seen.push(sent),
    });
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen.at(-1)).toBe(size);
    expect(seen.length).toBe(Math.max(1, Math.ceil(size / (5 * MIB))));
  }
});

test('no more parts are under way than allowed', async () => {
  const storage = setup.storage({ concurrency: 2, maxSockets: 10 });
  setup.server.faults.add({ type: 'delay', milliseconds: 20, operation: 'UploadPart' });
  const { send } = S3Client.prototype;
  let running = 0;
  let most = 0;
  const counting = new Proxy(client, {
    get: (target, property) =>
      property !== 'send'
        ? Reflect.get(target, property)
        : async (...args: Parameters<typeof send>) => {
            most = Math.max(most, ++running);
            try {
              return await Reflect.apply(send, target, args);
            } finally {
              running--;
            }
          },
  });
  const counted = new S3StorageProvider({
    bucket: setup.bucket,
    client: counting,
    server: 'aws',
    partSize: 5 * MIB,
    concurrency: 2,
  });
  await counted.upload(someKey(), streamed(bytes(30 * MIB)));
  expect(most).toBe(2);
  await storage.close();
});

test('metadata beyond what S3 stores are refused before anything is sent', async () => {
  const upload = (value: string, size = 5) =>
    setup.storage().upload(someKey(), bytes(size), { metadata: { name: value } });
  await upload('x'.repeat(2048 - 4 - 78));
  setup.server.requests.reset();
  for (const value of ['x'.repeat(2048 - 4 - 77), 'ü'.repeat(400)]) {
    await expect(upload(value)).rejects.toMatchObject({ code: 'TooLarge' });
    await expect(upload(value, 6 * MIB)).rejects.toMatchObject({ code: 'TooLarge' });
  }
  expect(setup.server.requests.count()).toBe(0);
});

test('a file that is larger than S3’s largest object is refused before anything is sent', async () => {
  const body = streamed(bytes(10));
  const upload = setup
    .storage()
    .upload(someKey(), body, { contentLength: 10_000 * 5 * 1024 ** 3 + 1 });
  await expect(upload).rejects.toMatchObject({ code: 'TooLarge' });
  expect(body.destroyed).toBe(true);
  expect(setup.server.requests.count()).toBe(0);
});

test('tags are refused where the server has none', async () => {
  const upload = setup.storage({ server: 'r2' }).upload(someKey(), 'x', { tags: { a: 'b' } });
  await expect(upload).rejects.toMatchObject({ code: 'Unsupported' });
  expect(setup.server.requests.count()).toBe(0);
});

test('the storage class goes with files of one request, of many, and with copies', async () => {
  const storage = setup.storage({ storageClass: 'STANDARD_IA', copyThreshold: 5 * MIB });
  for (const size of [10, 6 * MIB]) {
    const key = someKey();
    const sent = await storage.upload(key, bytes(size));
    expect(sent.storageClass).toBe('STANDARD_IA');
    expect((await storage.stat(key)).storageClass).toBe('STANDARD_IA');
    const copied = await storage.copy(key, `${key}.copy`);
    expect(copied.storageClass).toBe('STANDARD_IA');
    expect((await storage.stat(`${key}.copy`)).storageClass).toBe('STANDARD_IA');
  }
});

test('the server is given what it needs to verify the whole, and each part', async () => {
  const mocked = new S3Client({ region: 'us-east-1' });
  const mock = mockClient(mocked);
  mock.on(CreateMultipartUploadCommand).resolves({ UploadId: 'u' });
  mock.on(UploadPartCommand).resolves({ ETag: '"p"' });
  mock.on(CompleteMultipartUploadCommand).resolves({ ETag: '"whole"' });
  const storage = new S3StorageProvider({ bucket: 'b', client: mocked, partSize: 5 * MIB });
  const content = bytes(6 * MIB);
  await storage.upload('a', streamed(content));
  const [create] = mock.commandCalls(CreateMultipartUploadCommand);
  expect(create?.args[0].input).toMatchObject({
    ChecksumAlgorithm: 'CRC32',
    ChecksumType: 'FULL_OBJECT',
  });
  const parts = mock.commandCalls(UploadPartCommand).map(({ args }) => args[0].input);
  for (const { PartNumber, ChecksumCRC32, ContentLength } of parts) {
    const part = PartNumber === 1 ? content.subarray(0, 5 * MIB) : content.subarray(5 * MIB);
    expect(ChecksumCRC32).toBe(base64(checksumsOf(part).crc32));
    expect(ContentLength).toBe(part.byteLength);
  }
  const [complete] = mock.commandCalls(CompleteMultipartUploadCommand);
  expect(complete?.args[0].input).toMatchObject({
    ChecksumType: 'FULL_OBJECT',
    ChecksumCRC32: base64(checksumsOf(content).crc32),
    MpuObjectSize: content.byteLength,
  });
});

test('a server of no known kind is sent no checksum headers', async () => {
  const mocked = new S3Client({ region: 'us-east-1' });
  const mock = mockClient(mocked);
  mock.on(PutObjectCommand).resolves({ ETag: '"a"' });
  mock.on(CreateMultipartUploadCommand).resolves({ UploadId: 'u' });
  mock.on(UploadPartCommand).resolves({ ETag: '"p"' });
  mock.on(CompleteMultipartUploadCommand).resolves({ ETag: '"whole"' });
  const options = { bucket: 'b', client: mocked, partSize: 5 * MIB, server: 'generic' } as const;
  const storage = new S3StorageProvider(options);
  for (const size of [10, 6 * MIB]) await storage.upload('a', streamed(bytes(size)));
  expect(mock.calls()).toHaveLength(5);
  for (const { args } of mock.calls()) {
    expect(Object.keys(args[0].input).filter((name) => /checksum|mpu/i.test(name))).toEqual([]);
  }
});

test('the checksum that was chosen is verified and kept by the server', async () => {
  const content = bytes(11 * MIB);
  const small = bytes(1000);
  const crc64nvme = new Crc64Nvme().update(content).digest();
  const storage = setup.storage({ checksum: 'crc64nvme' });
  for (const body of [content, streamed(content)]) {
    const key = someKey();
    const file = await storage.upload(key, body);
    expect(file.checksums).toMatchObject({ crc64nvme });
    expect(await head(key)).toMatchObject({
      ChecksumCRC64NVME: base64(crc64nvme),
      ChecksumType: 'FULL_OBJECT',
    });
    expect((await readAll((await storage.download(key)).body)).equals(content)).toBe(true);
  }
  const key = someKey();
  await storage.upload(key, small);
  expect(await head(key)).toHaveProperty('ChecksumCRC64NVME');
});

test('SHA-256 is kept of the whole for one request, and of the parts for several', async () => {
  const content = bytes(11 * MIB);
  const storage = setup.storage({ checksum: 'sha256', copyThreshold: 5 * MIB });
  const small = someKey();
  await storage.upload(small, 'abc');
  const { sha256 } = checksumsOf(Buffer.from('abc'));
  expect(await head(small)).toMatchObject({
    ChecksumSHA256: base64(sha256),
    ChecksumType: 'FULL_OBJECT',
  });
  const known = someKey();
  await storage.upload(known, content);
  expect((await storage.stat(known)).checksums).toEqual({ sha256: checksumsOf(content).sha256 });
  const large = someKey();
  await storage.upload(large, streamed(content));
  expect(await head(large)).toMatchObject({
    ChecksumSHA256: expect.stringMatching(/-3$/),
    ChecksumType: 'COMPOSITE',
  });
  expect((await storage.stat(large)).checksums).toEqual({});
  await storage.copy(large, `${large}.copy`);
  expect(await head(`${large}.copy`)).toMatchObject({ ContentLength: content.byteLength });
});

test('a checksum that there is not is refused', () => {
  const options = { checksum: 'md5' as 'crc32' };
  expect(() => setup.storage(options)).toThrow(
    expect.objectContaining({ code: 'InvalidArgument' }),
  );
});

test('of a body of unknown length, no more is in memory than parts are under way', async () => {
  const storage = setup.storage({ concurrency: 2 });
  let made = 0;
  let taken = 0;
  let most = 0;
  const body = (async function* () {
    const chunk = bytes(MIB);
    for (; made < 150 * MIB; made += MIB) {
      most = Math.max(most, made - taken);
      yield chunk;
    }
  })();
  const onProgress = (sent: number) => {
    taken = sent;
  };
  await storage.upload(someKey(), body, { onProgress });
  expect(taken).toBe(150 * MIB);
  // Two parts are sent, one is put together, and a few chunks are between.
  expect(most).toBeLessThanOrEqual(3 * 5 * MIB + 4 * MIB);
});
