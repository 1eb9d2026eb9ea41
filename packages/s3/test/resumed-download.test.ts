import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { CreateBucketCommand, PutBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3';
import { isStorageError, readAll, type StorageError } from '@org/storage-core';
import type { S3StorageOptions, S3StorageProvider } from '@org/storage-s3';
import { describe, expect, test } from 'vitest';
import { bytes } from './content.js';
import { MIB, someKey, useServer } from './store.js';

const setup = useServer();
const content = bytes(20 * MIB);

/** Reads a body that has to fail, and tells what came before. */
async function failedRead(body: Readable): Promise<{ error: StorageError; read: Buffer }> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of body as AsyncIterable<Uint8Array>) chunks.push(chunk);
  } catch (error) {
    if (isStorageError(error)) return { error, read: Buffer.concat(chunks) };
    throw error;
  }
  throw new Error('the body ended well');
}

async function stored(storage: S3StorageProvider): Promise<string> {
  const key = someKey();
  await storage.upload(key, content);
  setup.server.requests.reset();
  return key;
}

const ways: Record<string, Partial<S3StorageOptions>> = {
  'read as it comes': {},
  'read in several pieces at once': { downloadConcurrency: 3, downloadPartSize: 4 * MIB },
};

for (const [way, options] of Object.entries(ways)) {
  describe(`a body that is ${way}`, () => {
    test('comes whole, each byte once, though every connection breaks', async () => {
      const storage = setup.storage(options);
      const key = await stored(storage);
      const { faults } = setup.server;
      const fault = faults.add({ type: 'reset-response', after: 3 * MIB, operation: 'GetObject' });
      const { body, metadata } = await storage.download(key);
      expect((await readAll(body)).equals(content)).toBe(true);
      expect(metadata.checksums).toHaveProperty('crc32');
      expect(fault.hits).toBeGreaterThan(6); // not the log: it has a request only when that has ended on both sides
    });

    test('comes whole, though the server fails now and then', async () => {
      const storage = setup.storage({ ...options, maxAttempts: 1 });
      const key = await stored(storage);
      const { faults } = setup.server;
      faults.add({ type: 'reset-response', after: 5 * MIB, operation: 'GetObject', times: 2 });
      faults.add({ type: 'error', code: 'SlowDown', operation: 'GetObject', from: 2, times: 2 });
      faults.add({ type: 'reset', operation: 'GetObject', from: 4, times: 1 });
      const { body } = await storage.download(key);
      expect((await readAll(body)).equals(content)).toBe(true);
    });

    test('has just the bytes of a range, though every connection breaks', async () => {
      const storage = setup.storage(options);
      const key = await stored(storage);
      setup.server.faults.add({ type: 'reset-response', after: MIB, operation: 'GetObject' });
      const range = { start: 1_000_003, end: 18 * MIB + 1 };
      const { body } = await storage.download(key, { range });
      const expected = content.subarray(range.start, range.end + 1);
      expect((await readAll(body)).equals(expected)).toBe(true);
    });

    test('fails with Unavailable after so many attempts without a byte', async () => {
      const storage = setup.storage({ ...options, downloadAttempts: 3, maxAttempts: 1 });
      const key = await stored(storage);
      const { faults } = setup.server;
      faults.add({ type: 'reset-response', after: 3 * MIB, operation: 'GetObject', times: 1 });
      faults.add({ type: 'reset', operation: 'GetObject', from: 2 });
      const { body } = await storage.download(key);
      const { error, read } = await failedRead(body);
      expect(error).toMatchObject({ code: 'Unavailable', operation: 'download', key });
      expect(read.equals(content.subarray(0, read.byteLength))).toBe(true);
      expect(read.byteLength).toBeLessThanOrEqual(3 * MIB);
    });

    test('fails with ChecksumMismatch before its end, if what came later is wrong', async () => {
      const storage = setup.storage(options);
      const key = await stored(storage);
      const { faults } = setup.server;
      faults.add({ type: 'reset-response', after: 3 * MIB, operation: 'GetObject', times: 1 });
      faults.add({ type: 'corrupt', offset: MIB, operation: 'GetObject', from: 2 });
      const { body } = await storage.download(key);
      let ended = false;
      body.on('end', () => {
        ended = true;
      });
      expect((await failedRead(body)).error.code).toBe('ChecksumMismatch');
      expect(ended).toBe(false);
    });

    test('fails with Conflict when the file was overwritten or deleted meanwhile', async () => {
      const storage = setup.storage(options);
      for (const change of [
        (key: string) => storage.upload(key, 'other'),
        (key: string) => storage.delete(key),
      ]) {
        const key = await stored(storage);
        const fault = setup.server.faults.add({
          type: 'reset-response',
          after: 3 * MIB,
          operation: 'GetObject',
          times: 1,
        });
        const { body } = await storage.download(key);
        await change(key);
        const { error, read } = await failedRead(body);
        expect(error).toMatchObject({ code: 'Conflict', key });
        expect(read.equals(content.subarray(0, read.byteLength))).toBe(true);
        fault.remove();
      }
    });

    test('ends at once when it is destroyed, aborted or the provider closed, and frees all its connections', async () => {
      const ends = [
        (body: Readable) => body.destroy(),
        (_: Readable, controller: AbortController) => controller.abort(),
        (_body: Readable, _: AbortController, storage: S3StorageProvider) => storage.close(),
      ];
      for (const end of ends) {
        const key = await stored(setup.storage());
        const before = setup.server.connections;
        const reader = setup.storage(options);
        const controller = new AbortController();
        const { body } = await reader.download(key, { signal: controller.signal });
        body.on('error', () => {});
        await once(body, 'readable');
        const closed = new Promise((resolve) => body.once('close', resolve));
        void end(body, controller, reader);
        await closed;
        await reader.close();
        await until(() => setup.server.connections <= before);
        expect(body.destroyed).toBe(true);
      }
    });
  });
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

test('a body that is closed while it waits to be continued ends at once', async () => {
  const storage = setup.storage({ maxAttempts: 1, downloadAttempts: 1000 });
  const key = await stored(storage);
  const { faults } = setup.server;
  faults.add({ type: 'reset-response', after: MIB, operation: 'GetObject', times: 1 });
  const reset = faults.add({ type: 'reset', operation: 'GetObject', from: 2 });
  const { body } = await storage.download(key);
  const failed = failedRead(body);
  await until(() => reset.hits >= 3);
  await storage.close();
  expect((await failed).error).toMatchObject({ code: 'Unavailable', retryable: false });
});

test('a body of a bucket with versions is read to its end, whatever becomes of the key', async () => {
  const { endpoint, region, credentials } = setup.server;
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  const Bucket = 'versioned';
  await client.send(new CreateBucketCommand({ Bucket }));
  await client.send(
    new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }),
  );
  client.destroy();
  const changes = [
    (storage: S3StorageProvider, key: string) => storage.upload(key, 'other'),
    (storage: S3StorageProvider, key: string) => storage.delete(key),
  ];
  for (const change of changes) {
    const storage = setup.storage({ bucket: Bucket });
    const key = await stored(storage);
    const fault = setup.server.faults.add({
      type: 'reset-response',
      after: 3 * MIB,
      operation: 'GetObject',
    });
    const { body } = await storage.download(key);
    await change(storage, key);
    expect((await readAll(body)).equals(content)).toBe(true);
    fault.remove();
  }
});
