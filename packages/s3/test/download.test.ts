import { getEventListeners, once } from 'node:events';
import { Readable } from 'node:stream';
import { type ETag, isStorageError, readAll } from '@org/storage-core';
import type { Fault } from '@org/storage-testkit/s3-server';
import { describe, expect, test } from 'vitest';
import { bytes, checksumsOf } from './content.js';
import { MIB, someKey, useServer } from './store.js';

const setup = useServer();

/** Reads a body that has to fail, and tells how much of it came. */
async function failedRead(body: Readable): Promise<{ code: string | undefined; size: number }> {
  let size = 0;
  try {
    for await (const chunk of body as AsyncIterable<Uint8Array>) size += chunk.byteLength;
  } catch (error) {
    return { code: isStorageError(error) ? error.code : String(error), size };
  }
  return { code: undefined, size };
}

test('a range tells which bytes it holds, and describes the whole file', async () => {
  const storage = setup.storage();
  const key = someKey();
  const content = bytes(1000);
  await storage.upload(key, content);
  const { sha256 } = checksumsOf(content);
  const ranges = [
    [{ start: 0, end: 0 }, 0, 0],
    [{ start: 10, end: 19 }, 10, 19],
    [{ start: 990 }, 990, 999],
    [{ start: 0, end: 5000 }, 0, 999],
    [{ suffix: 10 }, 990, 999],
    [{ suffix: 5000 }, 0, 999],
  ] as const;
  for (const [range, start, end] of ranges) {
    const download = await storage.download(key, { range });
    expect(download.range).toEqual({ start, end });
    expect(download.metadata).toMatchObject({ size: 1000, checksums: { sha256 } });
    expect(await readAll(download.body)).toEqual(content.subarray(start, end + 1));
  }
});

test('a range without a byte in the file is refused, and a missing file is missing', async () => {
  const storage = setup.storage();
  const [empty, small] = [someKey(), someKey()];
  await storage.upload(empty, '');
  await storage.upload(small, '123');
  for (const range of [{ start: 0 }, { start: 0, end: 0 }, { suffix: 1 }, { suffix: 0 }]) {
    const download = storage.download(empty, { range });
    await expect(download).rejects.toMatchObject({ code: 'InvalidRange', key: empty });
  }
  for (const range of [{ start: 3 }, { suffix: 0 }]) {
    const download = storage.download(small, { range });
    await expect(download).rejects.toMatchObject({ code: 'InvalidRange' });
    const missing = storage.download(someKey(), { range });
    await expect(missing).rejects.toMatchObject({ code: 'NotFound' });
  }
});

test('a download is pinned to the version that it names', async () => {
  const storage = setup.storage();
  const key = someKey();
  const { etag } = await storage.upload(key, 'one');
  const pinned = { condition: { type: 'match', etag } } as const;
  expect(await readAll((await storage.download(key, pinned)).body)).toEqual(Buffer.from('one'));
  await storage.upload(key, 'two');
  await expect(storage.download(key, pinned)).rejects.toMatchObject({ code: 'PreconditionFailed' });
  const missing = storage.download(someKey(), {
    condition: { type: 'match', etag: '0' as ETag },
  });
  await expect(missing).rejects.toMatchObject({ code: 'NotFound' });
});

describe('a body that is not what was stored fails before its end', () => {
  const faults: Record<string, Fault> = {
    'a wrong first byte': { type: 'corrupt', offset: 0 },
    'a wrong last byte': { type: 'corrupt', offset: 6 * MIB - 1 },
    'a missing byte': { type: 'truncate', length: 6 * MIB - 1 },
  };
  for (const [what, fault] of Object.entries(faults)) {
    test(`${what}, by the server’s checksum`, async () => {
      const storage = setup.storage();
      const key = someKey();
      await storage.upload(
        key,
        (async function* () {
          yield bytes(6 * MIB);
        })(),
      );
      expect((await storage.stat(key)).checksums).not.toHaveProperty('sha256');
      setup.server.faults.add({ ...fault, operation: 'GetObject' });
      const { body } = await storage.download(key);
      expect((await failedRead(body)).code).toBe('ChecksumMismatch');
    });

    for (const checksum of ['crc64nvme', 'sha256'] as const) {
      test(`${what}, by the ${checksum} that the server was told to keep`, async () => {
        const storage = setup.storage({ checksum });
        const key = someKey();
        const stream = Readable.from([bytes(6 * MIB)], { objectMode: false }); // whose SHA-256 is not known before it is sent
        await storage.upload(key, checksum === 'sha256' ? bytes(6 * MIB) : stream);
        setup.server.faults.add({ ...fault, operation: 'GetObject' });
        const { metadata, body } = await storage.download(key);
        expect(Object.keys(metadata.checksums)).toEqual([checksum]);
        expect((await failedRead(body)).code).toBe('ChecksumMismatch');
      });
    }

    test(`${what}, by our checksum where the server has none`, async () => {
      const storage = setup.storage();
      const key = someKey();
      await storage.upload(key, bytes(6 * MIB));
      setup.server.faults.add({ type: 'drop-checksums', operation: 'GetObject' });
      setup.server.faults.add({ ...fault, operation: 'GetObject' });
      const { metadata, body } = await storage.download(key);
      expect(metadata.checksums).not.toHaveProperty('crc32');
      expect((await failedRead(body)).code).toBe('ChecksumMismatch');
    });
  }
});

test('a content that has the server’s CRC-32 is not hashed for a label beside it', async () => {
  const storage = setup.storage();
  const key = someKey();
  const { client, Put } = await rawClient();
  await client.send(
    new Put({
      ...{ Bucket: setup.bucket, Key: key, Body: 'content' },
      ChecksumAlgorithm: 'CRC32',
      Metadata: { 'storage-sha256': '0'.repeat(64) },
    }),
  );
  client.destroy();
  const { metadata, body } = await storage.download(key);
  expect(metadata.checksums).toMatchObject({ sha256: '0'.repeat(64) });
  expect(await readAll(body)).toEqual(Buffer.from('content'));
});

test('a signal ends the body after the download was opened, too', async () => {
  const storage = setup.storage();
  const key = someKey();
  await storage.upload(key, bytes(20 * MIB));
  const controller = new AbortController();
  const { body } = await storage.download(key, { signal: controller.signal });
  body.once('data', () => controller.abort());
  expect((await failedRead(body)).code).toBe('Aborted');
});

test('a signal is let go of when the body has been read', async () => {
  const storage = setup.storage();
  const key = someKey();
  await storage.upload(key, 'content');
  const { signal } = new AbortController();
  const { body } = await storage.download(key, { signal });
  expect(getEventListeners(signal, 'abort').length).toBeGreaterThan(0);
  const closed = once(body, 'close');
  await readAll(body);
  await closed;
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

test('a file that something else stored has its own type, and no metadata of ours', async () => {
  const storage = setup.storage();
  const key = someKey('data');
  const { client, Put } = await rawClient();
  await client.send(
    new Put({
      Bucket: setup.bucket,
      Key: key,
      Body: 'x',
      Metadata: { plain: 'a b', 'storage-sha256': 'not a checksum', 'storage-other': 'x' },
      ContentDisposition: 'inline',
    }),
  );
  client.destroy();
  const found = await storage.stat(key);
  expect(found).toMatchObject({ metadata: { plain: 'a b' }, contentDisposition: 'inline' });
  expect(found.metadata).toEqual({ plain: 'a b' });
  expect(found.checksums).not.toHaveProperty('sha256');
  expect(await readAll((await storage.download(key)).body)).toEqual(Buffer.from('x'));
});

async function rawClient() {
  const { PutObjectCommand: Put, S3Client } = await import('@aws-sdk/client-s3');
  const { endpoint, region, credentials } = setup.server;
  return { Put, client: new S3Client({ endpoint, region, credentials, forcePathStyle: true }) };
}
