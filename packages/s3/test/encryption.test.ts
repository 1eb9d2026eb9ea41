import { randomBytes } from 'node:crypto';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { S3StorageProvider } from '@org/storage-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { describe, expect, test } from 'vitest';
import { encryptionTests } from './encryption.js';
import { MIB, someKey, useServer } from './store.js';

const setup = useServer();

describe('over the server in process', () => {
  encryptionTests(
    () => ({ ...setup.server, bucket: setup.bucket }),
    (options) => setup.storage({ copyThreshold: 5 * MIB, ...options }),
  );
});

test('files are encrypted with keys of the server’s own', async () => {
  const client = new S3Client({ region: 'us-east-1' });
  const mock = mockClient(client);
  mock.on(PutObjectCommand).resolves({ ETag: '"a"' });
  const storage = new S3StorageProvider({ bucket: 'b', client, encryption: { type: 'sse-s3' } });
  await storage.upload('a', 'x');
  expect(mock.commandCalls(PutObjectCommand)[0]?.args[0].input).toMatchObject({
    ServerSideEncryption: 'AES256',
  });
});

test('a file that is not encrypted with the key is told as such', async () => {
  const key = someKey();
  await setup.storage().upload(key, 'plain');
  const storage = setup.storage({ encryption: { type: 'sse-c', key: randomBytes(32) } });
  for (const call of [
    () => storage.stat(key),
    () => storage.download(key),
    () => storage.copy(key, someKey()),
  ]) {
    await expect(call()).rejects.toMatchObject({
      code: 'AccessDenied',
      message: expect.stringContaining('option encryption'),
    });
  }
});

test('the ETag of an encrypted file is no MD5, and all that is done with it works', async () => {
  const storage = setup.storage({ encryption: { type: 'sse-c', key: randomBytes(32) } });
  const key = someKey();
  const { etag } = await storage.upload(key, 'x');
  const condition = { type: 'match', etag } as const;
  await storage.copy(key, someKey(), { sourceCondition: condition });
  await storage.delete(key, { condition });
  expect(await storage.exists(key)).toBe(false);
});

test('the key stays what it was, whatever becomes of the bytes that were handed in', async () => {
  const key = randomBytes(32);
  const storage = setup.storage({ encryption: { type: 'sse-c', key } });
  const name = someKey();
  await storage.upload(name, 'x');
  key.fill(0);
  expect(await storage.stat(name)).toMatchObject({ size: 1 });
});

test('a key that is none is refused, at once or when it comes', async () => {
  const short = randomBytes(31);
  const open = (key: unknown) =>
    setup.storage({ encryption: { type: 'sse-c', key: key as Uint8Array } });
  for (const key of [short, 'x'.repeat(32), undefined]) {
    expect(() => open(key)).toThrow(expect.objectContaining({ code: 'InvalidArgument' }));
  }
  const storage = open(() => short);
  await expect(storage.upload(someKey(), 'x')).rejects.toMatchObject({ code: 'InvalidArgument' });
  expect(setup.server.requests.count()).toBe(0);
});

describe('a key of one’s own goes over', () => {
  const encryption = { type: 'sse-c', key: randomBytes(32) } as const;
  const base = { bucket: 'b', region: 'us-east-1' };

  test('https and connections within the machine', () => {
    for (const endpoint of [
      undefined,
      'https://storage.example.org',
      'http://localhost:9000',
      'http://127.0.0.1:9000',
      'http://[::1]:9000',
    ]) {
      new S3StorageProvider({ ...base, endpoint, encryption });
    }
  });

  test('nothing else', () => {
    for (const endpoint of [
      'http://storage.example.org',
      'http://10.0.0.1:9000',
      'http://localhost.example.org',
      'http://127.0.0.1.example.org',
    ]) {
      expect(() => new S3StorageProvider({ ...base, endpoint, encryption })).toThrow(
        expect.objectContaining({
          code: 'InvalidArgument',
          message: expect.stringContaining('use https'),
        }),
      );
    }
  });

  test('nothing else by a client that was handed in, either', async () => {
    let sent = 0;
    const client = new S3Client({
      region: 'us-east-1',
      endpoint: 'http://storage.example.org',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      requestHandler: {
        handle: async () => {
          sent++;
          return { response: { statusCode: 200, headers: {} } };
        },
      },
    });
    const storage = new S3StorageProvider({ bucket: 'b', client, encryption });
    for (const call of [
      () => storage.upload('a', 'x'),
      () => storage.stat('a'),
      () => storage.copy('a', 'b'),
    ]) {
      await expect(call()).rejects.toMatchObject({
        code: 'InvalidArgument',
        message: expect.stringContaining('use https'),
      });
    }
    expect(sent).toBe(0);
  });

  test('no signed URL and no ticket', async () => {
    const storage = setup.storage({ encryption });
    await expect(storage.createDownloadUrl('a')).rejects.toMatchObject({ code: 'Unsupported' });
    for (const options of [
      {},
      { type: 'post', size: { max: 1 } },
      { type: 'multipart', contentLength: 1 },
    ] as const) {
      const ticket = storage.createUploadTicket('a', options);
      await expect(ticket).rejects.toMatchObject({ code: 'Unsupported' });
    }
  });
});

test('what is uploaded by a ticket is encrypted as the provider has it', async () => {
  const storage = setup.storage({
    encryption: { type: 'sse-kms', keyId: 'testkey-1', bucketKey: true },
  });
  const headers = {
    'x-amz-server-side-encryption': 'aws:kms',
    'x-amz-server-side-encryption-aws-kms-key-id': 'testkey-1',
    'x-amz-server-side-encryption-bucket-key-enabled': 'true',
  };
  expect(await storage.createUploadTicket('a')).toMatchObject({ headers });
  const form = await storage.createUploadTicket('a', { type: 'post', size: { max: 1 } });
  expect(form).toMatchObject({ fields: headers });
});

test('options that make no sense are refused', () => {
  for (const encryption of [
    { type: 'sse-x' },
    {},
    { type: 'sse-kms', keyId: '' },
  ] as unknown as readonly { type: 'sse-s3' }[]) {
    expect(() => setup.storage({ encryption })).toThrow(
      expect.objectContaining({ code: 'InvalidArgument' }),
    );
  }
});
