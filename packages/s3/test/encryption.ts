import { randomBytes } from 'node:crypto';
import { HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { readAll } from '@org/storage-core';
import type { S3StorageOptions, S3StorageProvider } from '@org/storage-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bytes, streamed } from './content.js';
import { MIB, type S3Account, someKey } from './store.js';

/**
 * What holds over every S3 server that encrypts, and what is otherwise over Ceph 18, which can copy in parts alone what is encrypted.
 * @param open gives providers with parts, and copies in parts, above 5 MiB.
 */
export function encryptionTests(
  account: () => S3Account & { readonly bucket: string },
  open: (options: Partial<S3StorageOptions>) => S3StorageProvider,
  server: 'S3' | 'Ceph 18' = 'S3',
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
  /** @returns whether there is a copy: elsewhere than on Ceph 18, which makes none. */
  const copied = async (copy: () => Promise<unknown>): Promise<boolean> => {
    if (server === 'S3') {
      await copy();
      return true;
    }
    await expect(copy()).rejects.toMatchObject({
      code: 'Unsupported',
      retryable: false,
      message: expect.stringMatching(/encrypted.*Ceph 18.*download and upload/),
    });
    return false;
  };
  /** Every way in which a file is made. */
  const make = async (storage: S3StorageProvider) => {
    const [small, large] = [Buffer.from('secret'), bytes(11 * MIB)];
    const made = new Map([
      [someKey(), small],
      [someKey(), large],
    ]);
    const [one, inParts] = [...made.keys()] as [string, string];
    await storage.upload(one, small);
    await storage.upload(inParts, streamed(large));
    const [copy, copyInParts] = [someKey(), someKey()];
    if (await copied(() => storage.copy(one, copy))) made.set(copy, small);
    else expect(await storage.exists(copy)).toBe(false);
    await storage.copy(inParts, copyInParts);
    made.set(copyInParts, large);
    for (const [key, content] of made) {
      const { body } = await storage.download(key);
      expect((await readAll(body)).equals(content)).toBe(true);
    }
    return made.keys();
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

  test('a file that was in clear is encrypted when it is copied', async () => {
    const storage = open({ encryption: { type: 'sse-kms', keyId: 'testkey-1' } });
    for (const content of ['secret', '']) {
      const [plain, copy] = [someKey(), someKey()];
      const described = { metadata: { by: 'Jürgen' }, contentType: 'text/x-test' };
      await open({}).upload(plain, content, described);
      expect(await storage.copy(plain, copy)).toMatchObject({ ...described, key: copy });
      expect((await readAll((await storage.download(copy)).body)).toString()).toBe(content);
      if (content !== '') {
        expect(await headOf(copy)).toMatchObject({ ServerSideEncryption: 'aws:kms' });
      }
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
    expect(next).not.toBe(etag);
    const target = someKey();
    const moved = await copied(() => storage.move(name, target));
    expect((await storage.stat(moved ? target : name)).size).toBe(11);
    expect(await storage.exists(moved ? name : target)).toBe(false);
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
