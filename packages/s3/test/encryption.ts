import { randomBytes } from 'node:crypto';
import { HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { readAll } from '@org/storage-core';
import type { S3StorageOptions, S3StorageProvider } from '@org/storage-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bytes, streamed } from './content.js';
import { MIB, type S3Account, someKey } from './store.js';

/**
 * What holds over every S3 server that encrypts.
 * @param open gives providers with parts, and copies in parts, above 5 MiB.
 */
export function encryptionTests(
  account: () => S3Account & { readonly bucket: string },
  open: (options: Partial<S3StorageOptions>) => S3StorageProvider,
): void {
  let client: S3Client;
  beforeAll(() => {
    const { endpoint, region, credentials } = account();
    client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  });
  afterAll(() => client.destroy());

  const headOf = (key: string, customerKey?: Uint8Array) =>
    client.send(
      new HeadObjectCommand({
        Bucket: account().bucket,
        Key: key,
        ...(customerKey && {
          SSECustomerAlgorithm: 'AES256',
          SSECustomerKey: Buffer.from(customerKey).toString('base64'),
        }),
      }),
    );
  /** Every way in which a file is made. */
  const make = async (storage: S3StorageProvider) => {
    const large = bytes(11 * MIB);
    const keys = Array.from({ length: 4 }, () => someKey()) as [string, string, string, string];
    const [small, inParts, copied, copiedInParts] = keys;
    await storage.upload(small, 'secret');
    await storage.upload(inParts, streamed(large));
    await storage.copy(small, copied);
    await storage.copy(inParts, copiedInParts);
    for (const key of keys) {
      const content = await readAll((await storage.download(key)).body);
      expect(content.equals(key === small || key === copied ? Buffer.from('secret') : large)).toBe(
        true,
      );
    }
    return keys;
  };

  test('files are encrypted with a key of KMS, whichever way they are made', async () => {
    const storage = open({ encryption: { type: 'sse-kms', keyId: 'testkey-1' } });
    for (const key of await make(storage)) {
      expect(await headOf(key)).toMatchObject({
        ServerSideEncryption: 'aws:kms',
        SSEKMSKeyId: 'testkey-1',
      });
    }
  });

  test('files are encrypted with a key of one’s own, whichever way they are made', async () => {
    const key = randomBytes(32);
    const storage = open({ encryption: { type: 'sse-c', key } });
    for (const name of await make(storage)) {
      expect(await headOf(name, key)).toMatchObject({ SSECustomerAlgorithm: 'AES256' });
      await expect(headOf(name)).rejects.toMatchObject({ $metadata: { httpStatusCode: 400 } });
    }
  });

  test('what else there is to do with a file is done with the key, too', async () => {
    const key = randomBytes(32);
    const storage = open({ encryption: { type: 'sse-c', key: async () => key } });
    const name = someKey();
    const options = { metadata: { by: 'Jürgen' }, tags: { a: 'b' } };
    const { etag } = await storage.upload(name, 'secret', options);
    expect(await storage.stat(name)).toMatchObject({ etag, metadata: { by: 'Jürgen' } });
    const part = await storage.download(name, { range: { start: 1, end: 3 } });
    expect((await readAll(part.body)).toString()).toBe('ecr');
    expect(await storage.tags?.get(name)).toEqual({ a: 'b' });
    const condition = { type: 'match', etag } as const;
    const { etag: next } = await storage.upload(name, 'more secret', { condition });
    const moved = await storage.move(name, someKey());
    expect(moved.size).toBe(11);
    expect(next).not.toBe(etag);
    await storage.probe();
  });

  test('a wrong key and none are told as such', async () => {
    const right = open({ encryption: { type: 'sse-c', key: randomBytes(32) } });
    const wrong = open({ encryption: { type: 'sse-c', key: randomBytes(32) } });
    const none = open({});
    const encrypted = someKey();
    await right.upload(encrypted, 'secret');
    const cases = [
      [wrong, /option encryption/],
      [none, /SSE-C.*option encryption/],
    ] as const;
    for (const [storage, message] of cases) {
      const calls = {
        stat: () => storage.stat(encrypted),
        exists: () => storage.exists(encrypted),
        download: () => storage.download(encrypted),
        copy: () => storage.copy(encrypted, someKey()),
      };
      for (const [name, call] of Object.entries(calls)) {
        await expect(call(), `${name} ${message}`).rejects.toMatchObject({
          code: 'AccessDenied',
          message: expect.stringMatching(message),
          key: encrypted,
        });
      }
    }
  });
}
