import { readAll, type StorageProvider, type UploadedPart } from '@org/storage-core';
import type { S3StorageProvider } from '@org/storage-s3';
import { expect, test } from 'vitest';
import { bytes, checksumsOf, chunksOf, streamed } from './content.js';
import { MIB, someKey } from './store.js';

/** What holds over every S3 server. `storage` has parts of 5 MiB. */
export function transferTests(storage: () => S3StorageProvider): void {
  const sizes = {
    'an empty file': 0,
    'a byte': 1,
    'a file of exactly one part': 5 * MIB,
    'a file of one part and a byte': 5 * MIB + 1,
    'a file of four parts': 20 * MIB,
  };
  for (const [what, size] of Object.entries(sizes)) {
    for (const form of ['bytes', 'a stream', 'a stream of known length'] as const) {
      test(`${what} comes back as it was sent, from ${form}`, async () => {
        const key = someKey();
        const content = bytes(size);
        const body = form === 'bytes' ? content : streamed(content);
        const contentLength = form === 'a stream' ? undefined : size;
        const sent = await storage().upload(key, body, { contentLength });
        expect(sent).toMatchObject({ key, size });
        await expectFile(storage(), key, content);
        expect((await storage().stat(key)).etag).toBe(sent.etag);
      });
    }
  }

  test('what is known of the content goes with a file in parts, too', async () => {
    const key = someKey();
    const content = bytes(11 * MIB);
    const checksums = checksumsOf(content);
    await storage().upload(key, streamed(content), { checksums });
    expect((await storage().stat(key)).checksums.sha256).toBe(checksums.sha256);
  });

  test('headers and metadata of any Unicode text go with files of one request and of many', async () => {
    const described = {
      contentType: 'text/plain; charset=utf-8',
      cacheControl: 'max-age=60',
      contentDisposition: 'attachment; filename="Übersicht 日本 (1).pdf"',
      metadata: { author: 'Jürgen 🦊', 'x.y_z': 'plain  text', empty: '', odd: " UTF-8''%41" },
    };
    for (const content of [bytes(10), bytes(6 * MIB)]) {
      const key = someKey('Übersicht 日本 + 100%.txt');
      await storage().upload(key, streamed(content), described);
      expect(await storage().stat(key)).toMatchObject(described);
      expect(await expectFile(storage(), key, content)).toMatchObject(described);
    }
  });

  test('a file is copied in parts with its headers, metadata, tags and checksums', async () => {
    const key = someKey('Ü + 日本.bin');
    const copy = someKey('copy.bin');
    const content = bytes(11 * MIB + 3);
    const described = {
      contentType: 'image/x-test',
      cacheControl: 'no-cache',
      contentDisposition: 'inline; filename="ä"',
      metadata: { a: 'ü' },
    };
    const checksums = checksumsOf(content);
    const options = { ...described, checksums, tags: { kind: 'a b+c', empty: '' } };
    const sent = await storage().upload(key, streamed(content), options);
    const copied = await storage().copy(key, copy);
    expect(copied).toMatchObject({ ...described, key: copy, size: content.byteLength });
    const found = await expectFile(storage(), copy, content);
    const { sha256 } = checksums;
    expect(found).toMatchObject({ ...described, checksums: { sha256 }, etag: copied.etag });
    expect(sent.checksums).toEqual(checksums);
  });

  test('several keys with names that XML and URLs stumble over are deleted at once', async () => {
    const folder = someKey('');
    const names = [
      'a+b',
      'a b',
      'a%2Bb',
      '<&>"\'',
      'Ü/日本',
      'tab\tx',
      'line\u2028sep',
      'cr\rlf\n',
    ];
    const keys = names.map((name) => folder + name);
    for (const key of keys) await storage().upload(key, 'x');
    const { deleted, failed } = await storage().deleteMany([...keys, `${folder}missing`, 'a//b']);
    expect(new Set(deleted)).toEqual(new Set([...keys, `${folder}missing`]));
    expect(failed).toMatchObject([{ key: 'a//b', error: { code: 'InvalidKey' } }]);
    for await (const entry of storage().list({ prefix: folder })) expect(entry).toBeUndefined();
  });

  test('an upload that left its parts is continued, or made a file of those that are there', async () => {
    const content = bytes(21 * MIB);
    const key = someKey();
    const uploadId = await interrupted(storage(), key, content);
    const file = await storage().upload(key, streamed(content), {
      uploadId,
      onMultipartUpload: () => expect.unreachable(),
    });
    expect(file).toMatchObject({ key, size: content.byteLength });
    await expectFile(storage(), key, content);

    const again = await interrupted(storage(), key, content);
    const parts: UploadedPart[] = [];
    for await (const part of storage().multipart.listParts(key, again)) parts.push(part);
    expect(parts.map(({ number, size }) => [number, size]).slice(0, 2)).toEqual([
      [1, 5 * MIB],
      [2, 5 * MIB],
    ]);
    const named = parts.slice(0, 2).reverse();
    const made = await storage().multipart.complete(key, again, named);
    expect(made).toMatchObject({ key, size: 10 * MIB });
    await expectFile(storage(), key, content.subarray(0, 10 * MIB));
    const gone = storage().multipart.complete(key, again, named);
    await expect(gone).rejects.toMatchObject({ code: 'NotFound' });
    const listing = storage().multipart.listParts(key, again)[Symbol.asyncIterator]();
    await expect(listing.next()).rejects.toMatchObject({ code: 'NotFound' });
  });

  test('an upload that left its parts is begun anew for another content, or where it is gone', async () => {
    const content = bytes(21 * MIB);
    const other = Buffer.from(content).fill(1, 0, 100);
    const key = someKey();
    const uploadId = await interrupted(storage(), key, content);
    for (const body of [other, content]) {
      const told: string[] = [];
      await storage().upload(key, streamed(body), {
        uploadId,
        onMultipartUpload: (id) => void told.push(id),
      });
      expect(told).toHaveLength(1);
      await expectFile(storage(), key, body);
    }
    for await (const upload of storage().multipart.list({ prefix: key })) {
      expect(upload).toBeUndefined();
    }
  });

  test('a probe finds what the server can do, and leaves nothing', async () => {
    const { capabilities } = storage();
    const found = await storage().probe();
    expect(found).toMatchObject({ conditionalCreate: 'native', conditionalUpdate: 'native' });
    for (const name of ['conditionalCreateInParts', 'conditionalDelete'] as const) {
      if (capabilities[name] === 'native') expect(found[name]).toBe('native');
    }
    for await (const entry of storage().list({ prefix: '.storage/' }))
      expect(entry).toBeUndefined();
    for await (const upload of storage().multipart.list({ prefix: '.storage/' })) {
      expect(upload).toBeUndefined();
    }
  });
}

/** Sends at least two parts of a content, and fails. */
async function interrupted(storage: S3StorageProvider, key: string, content: Buffer) {
  let uploadId = '';
  let enough = () => {};
  const sent = new Promise<void>((resolve) => {
    enough = resolve;
  });
  const body = (async function* () {
    yield* chunksOf(content.subarray(0, 12 * MIB));
    await sent;
    throw new Error('the body fails');
  })();
  const upload = storage.upload(key, body, {
    keepParts: true,
    onMultipartUpload: (id) => {
      uploadId = id;
    },
    onProgress: (taken) => {
      if (taken >= 10 * MIB) enough();
    },
  });
  await expect(upload).rejects.toMatchObject({ code: 'Unknown' });
  return uploadId;
}

async function expectFile(storage: StorageProvider, key: string, content: Buffer) {
  const { metadata, body } = await storage.download(key);
  expect((await readAll(body)).equals(content)).toBe(true);
  expect(metadata.size).toBe(content.byteLength);
  return metadata;
}
