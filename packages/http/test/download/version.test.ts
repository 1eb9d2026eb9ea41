import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  type DownloadOptions,
  MemoryStorageProvider,
  readAll,
  type StorageProvider,
} from '@org/storage-core';
import { HybridStorageProvider } from '@org/storage-hybrid';
import { LocalStorageProvider } from '@org/storage-local';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { download, type HttpResponse } from '../../src/index.js';
import { eventually } from '../eventually.js';
import { request } from '../request.js';

async function contentOf({ body }: HttpResponse): Promise<string> {
  expect(body).toBeInstanceOf(Readable);
  return (await readAll(body as Readable)).toString();
}

/** A provider of which something else happens between a look at a file and its opening. */
function meddling(storage: StorageProvider, meddle: () => Promise<unknown>): StorageProvider {
  return new Proxy(storage, {
    get(target, name) {
      if (name === 'download')
        return async (key: string, options?: DownloadOptions) => {
          await meddle();
          return target.download(key, options);
        };
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

describe('a file that is replaced between the look and the read', () => {
  const ranged = { headers: { range: 'bytes=0-2' } };

  test('is looked at again, so that head and body are of one version', async () => {
    const storage = new MemoryStorageProvider();
    await storage.upload('a.txt', 'first');
    let replaced = false;
    const meddled = meddling(storage, async () => {
      if (replaced) return;
      replaced = true;
      await storage.upload('a.txt', 'second, longer');
    });
    const answer = await download(meddled, 'a.txt', request('/', ranged));
    expect(answer.status).toBe(206);
    expect(answer.headers['content-range']).toBe('bytes 0-2/14');
    const { checksums } = await storage.stat('a.txt');
    expect(answer.headers['etag']).toBe(`"${checksums.sha256}"`);
    expect(await contentOf(answer)).toBe('sec');
  });

  test('again and again is to be asked for later', async () => {
    const storage = new MemoryStorageProvider();
    await storage.upload('a.txt', 'first');
    let count = 0;
    const meddled = meddling(storage, () => storage.upload('a.txt', `version ${count++}`));
    const answer = await download(meddled, 'a.txt', request('/', ranged));
    expect(answer.status).toBe(503);
    expect(answer.headers['retry-after']).toMatch(/^\d+$/);
    expect(count).toBeLessThan(10);
  });

  test('between two parts breaks the body off', async () => {
    const storage = new MemoryStorageProvider();
    await storage.upload('a.txt', 'x'.repeat(1000));
    let opened = 0;
    const meddled = meddling(storage, async () => {
      if (opened++ === 1) await storage.upload('a.txt', 'y'.repeat(1000));
    });
    const headers = { range: 'bytes=0-9,500-509' };
    const answer = await download(meddled, 'a.txt', request('/', { headers }));
    expect(answer.status).toBe(206);
    await expect(contentOf(answer)).rejects.toMatchObject({ code: 'PreconditionFailed' });
  });
});

test('an answer of several ranges that nobody reads frees what was opened for it', async () => {
  const storage = new MemoryStorageProvider();
  await storage.upload('a.txt', 'x'.repeat(1000));
  const opened = vi.spyOn(storage, 'download');
  const headers = { range: 'bytes=0-9,500-509' };
  const { body } = await download(storage, 'a.txt', request('/', { headers }));
  if (body instanceof Readable) body.destroy();
  expect(opened).toHaveBeenCalledOnce();
  const first = await opened.mock.results[0]?.value;
  await eventually(() => expect(first.body.destroyed).toBe(true));
});

describe('a file that moves from a disk to another store', () => {
  async function migrating() {
    const root = await mkdtemp(join(tmpdir(), 'version-'));
    await writeFile(join(root, 'old.txt'), 'written by another program');
    const hourAgo = new Date(Date.now() - 3_600_000);
    await utimes(join(root, 'old.txt'), hourAgo, hourAgo);
    const source = new LocalStorageProvider({ root });
    const target = new MemoryStorageProvider();
    const storage = new HybridStorageProvider({
      source,
      target,
      mode: 'hybrid',
      handedOver: true,
    });
    onTestFinished(async () => {
      await storage.close();
      await rm(root, { recursive: true, force: true });
    });
    const move = async () => {
      const { metadata, body } = await source.download('old.txt');
      await target.upload('old.txt', body, {
        contentType: metadata.contentType,
        metadata: {
          'storage-live-etag': metadata.etag,
          'storage-live-modified': metadata.lastModified.toISOString(),
          'storage-live-key': await liveKey('old.txt'),
        },
      });
    };
    return { storage, move };
  }

  async function liveKey(key: string): Promise<string> {
    const { createHash } = await import('node:crypto');
    return createHash('sha256').update(key).digest('hex').slice(0, 16);
  }

  test('is still good for whoever has it, and answered by the name that the client knows', async () => {
    const { storage, move } = await migrating();
    const before = await download(storage, 'old.txt', request('/'));
    await contentOf(before);
    const etag = String(before.headers['etag']);
    await move();
    const now = await download(storage, 'old.txt', request('/'));
    await contentOf(now);
    expect(now.headers['etag']).toMatch(/^"[0-9a-f]{64}"$/);
    expect(now.headers['last-modified']).toBe(before.headers['last-modified']);
    const known = { headers: { 'if-none-match': etag } };
    expect(await download(storage, 'old.txt', request('/', known))).toMatchObject({
      status: 304,
      headers: { etag },
    });
    const rest = { headers: { range: 'bytes=8-', 'if-range': etag } };
    const part = await download(storage, 'old.txt', request('/', rest));
    expect(part).toMatchObject({ status: 206, headers: { etag } });
    expect(await contentOf(part)).toBe('by another program');
    const wanted = { headers: { 'if-match': `"x", ${etag}` } };
    const whole = await download(storage, 'old.txt', request('/', wanted));
    expect(whole).toMatchObject({ status: 200, headers: { etag } });
    await contentOf(whole);
  });
});

describe('the tag of a file of which no SHA-256 is known', () => {
  async function plainFile(age: number) {
    const root = await mkdtemp(join(tmpdir(), 'version-'));
    await writeFile(join(root, 'a.txt'), 'plain');
    const time = new Date(Date.now() - age);
    await utimes(join(root, 'a.txt'), time, time);
    const storage = new LocalStorageProvider({ root });
    onTestFinished(async () => {
      await storage.close();
      await rm(root, { recursive: true, force: true });
    });
    return storage;
  }

  test('is weak as long as another change might not show in it', async () => {
    const storage = await plainFile(-60_000);
    const answer = await download(storage, 'a.txt', request('/'));
    await contentOf(answer);
    expect(answer.headers['etag']).toMatch(/^W\/"/);
    const modified = Date.parse(String(answer.headers['last-modified']));
    expect(modified, 'never ahead of Date').toBeLessThanOrEqual(Date.now());
    const etag = String(answer.headers['etag']);
    const known = { headers: { 'if-none-match': etag } };
    expect((await download(storage, 'a.txt', request('/', known))).status).toBe(304);
    const rest = { headers: { range: 'bytes=1-', 'if-range': etag.slice(2) } };
    const whole = await download(storage, 'a.txt', request('/', rest));
    expect(whole.status, 'no part for a tag that is not strong').toBe(200);
    await contentOf(whole);
  });

  test('is strong later on', async () => {
    const storage = await plainFile(60_000);
    const answer = await download(storage, 'a.txt', request('/'));
    await contentOf(answer);
    expect(answer.headers['etag']).toMatch(/^"/);
  });
});
