import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  MemoryStorageProvider,
  parseETag,
  parseKey,
  readAll,
  StorageError,
  type StorageProvider,
  streamOf,
} from '@org/storage-core';
import { LocalStorageProvider } from '@org/storage-local';
import { S3StorageProvider } from '@org/storage-s3';
import { startS3Server } from '@org/storage-testkit/s3-server';
import { Upload as TusUpload } from '@tus/server';
import { Upload, type UploadOptions } from 'tus-js-client';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { FinishedTusUpload } from '../../src/tus/index.js';
import { eventually } from '../eventually.js';
import {
  begun,
  contentOf,
  keysOf,
  offsetOf,
  patch,
  type TusSite,
  tus,
  tusSite,
} from './tus-site.js';

const MIB = 1024 ** 2;

const memory = async () => new MemoryStorageProvider();

async function local(): Promise<StorageProvider> {
  const root = await mkdtemp(join(tmpdir(), 'tus-store-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  return new LocalStorageProvider({ root });
}

async function s3(): Promise<StorageProvider> {
  const server = await startS3Server({ buckets: ['test'] });
  onTestFinished(() => server.close());
  const { endpoint, region, credentials } = server;
  return new S3StorageProvider({ bucket: 'test', endpoint, region, credentials, server: 'aws' });
}

/** As a client does it. */
function send(
  site: TusSite,
  content: Buffer,
  options: Partial<UploadOptions> = {},
): Promise<Upload> {
  return new Promise((resolve, reject) => {
    const upload = new Upload(content, {
      endpoint: site.url,
      retryDelays: null,
      onSuccess: () => resolve(upload),
      onError: reject,
      ...options,
    });
    upload.start();
  });
}

describe.each([
  ['memory', memory],
  ['local', local],
  ['s3', s3],
])('over %s', (_, open) => {
  it('makes one file of what a client sends, however it is cut', async () => {
    const storage = await open();
    const finished = vi.fn((_: FinishedTusUpload) => {});
    const site = await tusSite(storage, { finished });
    const content = randomBytes(300_000);
    const metadata = { filename: '../Ship of Jürgen.bin', filetype: 'text/html', folder: 'a b' };
    for (const options of [
      {},
      { chunkSize: 120_000 },
      { chunkSize: 100_000, uploadDataDuringCreation: true },
      { chunkSize: 150_000, uploadLengthDeferred: true },
    ]) {
      const { url } = await send(site, content, { metadata, ...options });
      const { file, metadata: stored } = finished.mock.lastCall?.[0] ?? {};
      expect(file).toMatchObject({ filename: 'Ship of Jürgen.bin', claimedType: 'text/html' });
      expect(file?.fields.get('folder')).toBe('a b');
      expect(stored).toMatchObject({ size: 300_000, contentType: 'application/octet-stream' });
      expect((await contentOf(storage, stored?.key)).equals(content)).toBe(true);
      expect(await offsetOf(url ?? '')).toBe(300_000);
    }
    expect(finished).toHaveBeenCalledTimes(4);
    expect(await keysOf(storage, 'files/')).toHaveLength(4);
    expect((await keysOf(storage, '.tus/')).filter((key) => key.includes('data'))).toEqual([]);
  });

  it('keeps what has come in when the client goes away, and goes on from there', async () => {
    const storage = await open();
    const site = await tusSite(storage);
    const content = randomBytes(MIB);
    const url = await begun(site, MIB);
    const gone = new AbortController();
    const half = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(content.subarray(0, 450_000)),
    });
    const request = fetch(url, {
      method: 'PATCH',
      headers: {
        'tus-resumable': '1.0.0',
        'upload-offset': '0',
        'content-type': 'application/offset+octet-stream',
      },
      body: half,
      duplex: 'half',
      signal: gone.signal,
    } as RequestInit);
    await eventually(async () =>
      expect((await keysOf(storage, '.tus/')).filter((key) => key.includes('data'))).toHaveLength(
        4,
      ),
    );
    gone.abort();
    await expect(request).rejects.toThrow();
    await eventually(async () => expect(await offsetOf(url)).toBe(450_000));
    expect((await patch(url, 450_000, content.subarray(450_000))).status).toBe(204);
    const [key] = await keysOf(storage, 'files/');
    expect((await contentOf(storage, key)).equals(content)).toBe(true);
  });

  it('removes an upload, and all that has expired', async () => {
    const storage = await open();
    const site = await tusSite(storage, { expiration: 3_600_000 });
    const finishedUrl = await begun(site, 3);
    await patch(finishedUrl, 0, 'abc');
    const removed = await begun(site, 10);
    await patch(removed, 0, 'abc');
    expect((await tus(removed, 'DELETE')).status).toBe(204);
    expect((await tus(removed, 'HEAD')).status).toBe(404);
    const left = await begun(site, 10);
    await patch(left, 0, 'abc');
    expect(await site.store.deleteExpired()).toBe(0);
    const later = await tusSite(storage, { expiration: 1 });
    const expired = left.replace(site.url, later.url);
    expect((await tus(expired, 'HEAD')).status).toBe(410);
    expect((await patch(expired, 3, 'def')).status).toBe(410);
    expect(await later.store.deleteExpired()).toBe(2);
    expect(await keysOf(storage, '.tus/')).toEqual([]);
    expect(await keysOf(storage, 'files/')).toHaveLength(1);
  });
});

it('keeps what a stream has given before it fails', async () => {
  const { store } = await tusSite(await memory(), { segmentSize: 4 });
  await store.create(new TusUpload({ id: 'a', size: 20, offset: 0 }));
  async function* failing() {
    yield Buffer.alloc(10);
    throw new Error('the connection broke');
  }
  await expect(store.write(failing(), 'a', 0)).rejects.toThrow();
  expect((await store.getUpload('a')).offset).toBe(0); // less than what its type is told by
  await store.write(Readable.from([Buffer.alloc(5)]), 'a', 0);
  await expect(store.write(failing(), 'a', 5)).rejects.toThrow('the connection broke');
  expect((await store.getUpload('a')).offset).toBe(15);
});

it('stores an empty file when it is begun', async () => {
  const storage = await memory();
  const site = await tusSite(storage);
  const url = await begun(site, 0);
  expect(await offsetOf(url)).toBe(0);
  expect(await keysOf(storage, 'files/')).toHaveLength(1);
});

it('of two that write at the same offset, one is told so, in one server and in two', async () => {
  const storage = await memory();
  const one = await tusSite(storage);
  const two = await tusSite(storage); // with locks of its own
  const content = randomBytes(300_000);
  for (const other of [one, two]) {
    const url = await begun(one, content.length);
    const second = url.replace(one.url, other.url);
    const sent = await Promise.all([patch(url, 0, content), patch(second, 0, content)]);
    expect(sent.map(({ status }) => status).sort()).toEqual([204, 409]);
    expect(await offsetOf(url)).toBe(content.length);
  }
  const keys = await keysOf(storage, 'files/');
  expect(keys).toHaveLength(2);
  for (const key of keys) expect((await contentOf(storage, key)).equals(content)).toBe(true);
});

it('never takes bytes twice, nor out of their place', async () => {
  const site = await tusSite(await memory());
  const url = await begun(site, 10);
  expect((await patch(url, 5, 'abc')).status).toBe(409);
  expect((await patch(url, 0, 'abcde')).status).toBe(204);
  expect((await patch(url, 0, 'abcde')).status).toBe(409);
  expect((await patch(url, 5, 'fghijk')).status).toBe(413);
  expect(await offsetOf(url)).toBe(5);
  expect((await patch(url, 5, 'fghij')).status).toBe(204);
});

it.each(['target', 'files/', 'finished', 'stored', 'data'])(
  'converges when the server ends just before, or just after, %s',
  async (where) => {
    for (const after of [false, true]) {
      const storage = await memory();
      let crashes = 1;
      const crash = () => {
        crashes -= 1;
        throw new Error('the process has ended');
      };
      const upload = storage.upload.bind(storage);
      vi.spyOn(storage, 'upload').mockImplementation(async (key, body, options) => {
        const hit = crashes > 0 && (key.startsWith(where) || key.endsWith(where));
        if (hit && !after) crash();
        const metadata = await upload(key, body, options);
        return hit ? crash() : metadata;
      });
      const deleteMany = storage.deleteMany.bind(storage);
      vi.spyOn(storage, 'deleteMany').mockImplementation(async (keys, options) => {
        if (crashes > 0 && where === 'data' && !after) crash();
        const result = await deleteMany(keys, options);
        return crashes > 0 && where === 'data' ? crash() : result;
      });
      const rows: string[] = [];
      const site = await tusSite(storage, {
        finished: ({ id, metadata }) => {
          if (where === 'finished' && crashes > 0 && !after) crash();
          rows.push(`${id} ${metadata.key}`);
          if (where === 'finished' && crashes > 0) crash();
        },
      });
      const content = randomBytes(250_000);
      const url = await begun(site, content.length);
      expect((await patch(url, 0, content)).status).toBeOneOf([204, 500]);
      expect(crashes).toBe(0);
      expect(await offsetOf(url)).toBe(content.length);
      const keys = await keysOf(storage, 'files/');
      expect(keys).toHaveLength(1);
      expect((await contentOf(storage, keys[0])).equals(content)).toBe(true);
      expect(new Set(rows).size).toBe(1);
    }
  },
);

it('does not take a file that is there already for its own', async () => {
  const storage = await memory();
  await storage.upload('files/taken', 'mine');
  const site = await tusSite(storage, { key: () => 'files/taken' });
  const url = await begun(site, 4);
  expect((await patch(url, 0, 'your')).status).toBe(409);
  expect((await tus(url, 'HEAD')).status).toBe(409);
  expect((await contentOf(storage, 'files/taken')).toString()).toBe('mine');
});

it('refuses by the bytes what is not allowed, and keeps nothing', async () => {
  const storage = await memory();
  const site = await tusSite(storage, { types: ['image/*'] });
  const metadata = { filename: 'a.png', filetype: 'image/png' };
  const page = `<!doctype html>${' '.repeat(9000)}`;
  const whole = await begun(site, page.length, metadata);
  expect((await patch(whole, 0, page)).status).toBe(415);
  const cut = await begun(site, 20, metadata);
  expect((await patch(cut, 0, page.slice(0, 10))).status).toBe(204);
  expect((await patch(cut, 10, page.slice(10, 20))).status).toBe(415);
  expect((await tus(cut, 'HEAD')).status).toBe(404);
  expect(await keysOf(storage, 'files/')).toEqual([]);
});

it('what an inspection refuses is removed; one that fails is asked again', async () => {
  const storage = await memory();
  let answer: Error | undefined = new Error('the scanner is down');
  const site = await tusSite(storage, {
    inspect: async (content) => {
      await readAll(streamOf(content));
      if (answer !== undefined) throw answer;
    },
  });
  const url = await begun(site, 3);
  expect((await patch(url, 0, 'abc')).status).toBe(500);
  expect(await keysOf(storage, 'files/')).toEqual([]);
  answer = undefined;
  expect(await offsetOf(url)).toBe(3);
  expect(await keysOf(storage, 'files/')).toHaveLength(1);
  answer = new StorageError('AccessDenied', 'a virus');
  const bad = await begun(site, 3);
  expect((await patch(bad, 0, 'abc')).status).toBe(403);
  expect((await tus(bad, 'HEAD')).status).toBe(404);
  expect(await keysOf(storage, 'files/')).toHaveLength(1);
});

it('content that is not what its checksum says is removed', async () => {
  const storage = await memory();
  const site = await tusSite(storage, {
    describe: ({ fields }) => ({ checksums: { sha256: fields.get('sha256') ?? '' } }),
  });
  const url = await begun(site, 3, { sha256: '0'.repeat(64) });
  expect((await patch(url, 0, 'abc')).status).toBe(460);
  expect((await tus(url, 'HEAD')).status).toBe(404);
});

it('an error of the application is not shown to the client', async () => {
  const finished = () => Promise.reject(new Error('no connection to db.internal'));
  const site = await tusSite(await memory(), { finished });
  const url = await begun(site, 3);
  expect(await patch(url, 0, 'abc')).toMatchObject({ status: 500, text: 'Unknown\n' });
});

it('an upload in too many small pieces is ended', async () => {
  const storage = await memory();
  const site = await tusSite(storage);
  const url = await begun(site, 20_000);
  const id = url.slice(url.lastIndexOf('/') + 1);
  let count = 9_999;
  vi.spyOn(storage, 'list').mockImplementation(async function* () {
    for (let at = 0; at < count; at++) {
      const key = parseKey(`.tus/${id}/data-${String(at).padStart(16, '0')}`);
      yield { type: 'file', key, size: 1, etag: parseETag('x'), lastModified: new Date() };
    }
  });
  expect((await patch(url, count, 'x')).status).toBe(204);
  count = 10_000;
  expect((await patch(url, count, 'x')).status).toBe(413);
});

it('an error of the storage tells a code, and nothing of the storage', async () => {
  const storage = await memory();
  const site = await tusSite(storage);
  const url = await begun(site, 3);
  vi.spyOn(storage, 'upload').mockRejectedValue(
    new StorageError('QuotaExceeded', '/srv/secret-place is full'),
  );
  expect(await patch(url, 0, 'abc')).toMatchObject({ status: 507, text: 'QuotaExceeded\n' });
});

it.each(['../../etc', 'a%2Fb', '.', 'x'.repeat(200)])('knows no upload %j', async (id) => {
  const site = await tusSite(await memory());
  expect((await tus(`${site.url}/${id}`, 'HEAD')).status).toBe(404);
});
