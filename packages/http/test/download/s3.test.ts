import { once } from 'node:events';
import { connect } from 'node:net';
import { MemoryStorageProvider } from '@org/storage-core';
import { HybridStorageProvider } from '@org/storage-hybrid';
import { S3StorageProvider } from '@org/storage-s3';
import { type S3Server, startS3Server } from '@org/storage-testkit/s3-server';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type DownloadAnswerOptions, download, nodeListener } from '../../src/index.js';
import { eventually } from '../eventually.js';
import { type Served, serve } from '../serve.js';

const CONTENT = Buffer.alloc(300_000, 'abc');

let s3: S3Server;
let storage: S3StorageProvider;
let server: Served;
let options: DownloadAnswerOptions;
beforeAll(async () => {
  s3 = await startS3Server({ buckets: ['files'] });
  const { endpoint, region, credentials } = s3;
  storage = new S3StorageProvider({
    ...{ bucket: 'files', endpoint, region, credentials },
    forcePathStyle: true,
  });
  await storage.upload('a/b.bin', CONTENT, { cacheControl: 'public, max-age=3600' });
  await storage.upload('page.html', '<script>alert(1)</script>');
  server = await serve((request, response) => {
    const key = decodeURIComponent(request.url?.slice(1) ?? '');
    return nodeListener((asked) => download(storage, key, asked, options))(request, response);
  });
}, 120_000);
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await storage.close();
  await s3.close();
});
beforeEach(() => {
  options = {};
});

const ask = (path: string, init: RequestInit = {}) =>
  fetch(`${server.origin}/${path}`, { redirect: 'manual', ...init });

test('a file of a bucket is answered whole, in a part, in parts, and by its SHA-256', async () => {
  const whole = await ask('a/b.bin');
  expect(Buffer.from(await whole.arrayBuffer())).toEqual(CONTENT);
  const { checksums } = await storage.stat('a/b.bin');
  expect(whole.headers.get('etag')).toBe(`"${checksums.sha256}"`);
  const part = await ask('a/b.bin', { headers: { range: 'bytes=299998-' } });
  expect([part.status, await part.text()]).toEqual([206, 'bc']);
  expect(part.headers.get('etag')).toBe(whole.headers.get('etag'));
  const parts = await ask('a/b.bin', { headers: { range: 'bytes=0-2,299997-' } });
  const text = await parts.text();
  expect(text.match(/content-range: bytes \S+\r\n\r\nabc\r\n/g)).toHaveLength(2);
  const old = await storage.stat('a/b.bin');
  const byItsOwn = await ask('a/b.bin', { headers: { 'if-none-match': `"${old.etag}"` } });
  expect(byItsOwn.status).toBe(304);
});

describe('a redirect to the bucket', () => {
  test('leads to the file as it would have been described here', async () => {
    options = {
      redirect: { expiresIn: 60 },
      disposition: { type: 'attachment', filename: 'ü.bin' },
    };
    const answer = await ask('a/b.bin');
    expect(answer.status).toBe(302);
    const location = answer.headers.get('location') ?? '';
    expect(new URL(location).origin).toBe(s3.endpoint);
    expect(answer.headers.get('cache-control')).toMatch(/^private, max-age=(?:29|30)$/);
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
    const file = await fetch(location, { headers: { range: 'bytes=0-2' } });
    expect([file.status, await file.text()]).toEqual([206, 'abc']);
    expect(file.headers.get('content-disposition')).toBe(
      `attachment; filename="_.bin"; filename*=UTF-8''%C3%BC.bin`,
    );
    expect(file.headers.get('cache-control')).toBe('public, max-age=3600');
  });

  test('is kept no longer than the file itself may be', async () => {
    const cachingOf = async (cacheControl: string, expiresIn: number) => {
      options = { redirect: { expiresIn }, cacheControl };
      return (await ask('a/b.bin')).headers.get('cache-control');
    };
    expect(await cachingOf('private, no-cache', 600)).toBe('no-store');
    expect(await cachingOf('no-store, max-age=60', 600)).toBe('no-store');
    expect(await cachingOf('public', 600)).toBe('no-store');
    expect(await cachingOf('public, max-age=5', 600)).toBe('private, max-age=5');
    expect(await cachingOf('s-maxage=9, max-age=7', 600)).toBe('private, max-age=7');
  });

  test('has a page of strangers saved there, too', async () => {
    options = { redirect: {} };
    const file = await fetch((await ask('page.html')).headers.get('location') ?? '');
    await file.text();
    expect(file.headers.get('content-disposition')).toMatch(/^attachment/);
  });

  test('is not for HEAD, for what the client has, nor for a version that is gone', async () => {
    options = { redirect: {} };
    expect((await ask('a/b.bin', { method: 'HEAD' })).status).toBe(200);
    expect((await ask('a/b.bin', { headers: { 'if-none-match': '*' } })).status).toBe(304);
    expect((await ask('a/b.bin', { headers: { 'if-match': '"x"' } })).status).toBe(412);
    expect((await ask('missing')).status).toBe(404);
  });

  test('is not for small files, nor for other places than those that were named', async () => {
    for (const redirect of [{ from: 300_001 }, { origins: ['https://files.example'] }]) {
      options = { redirect };
      const answer = await ask('a/b.bin');
      expect([answer.status, (await answer.text()).length]).toEqual([200, 300_000]);
    }
    for (const redirect of [{ from: 300_000 }, { origins: [s3.endpoint] }]) {
      options = { redirect };
      expect((await ask('a/b.bin')).status).toBe(302);
    }
  });

  test('is not for a file that is still on the disk', async () => {
    const urls = {
      baseUrl: 'https://app.example/signed',
      keys: [{ id: 'a', secret: 'x'.repeat(32) }],
    };
    const source = new MemoryStorageProvider({ urls });
    await source.upload('old.txt', 'old');
    const hybrid = new HybridStorageProvider({
      source,
      target: storage,
      mode: 'hybrid',
      handedOver: true,
    });
    await using app = await serve((request, response) => {
      const key = request.url?.slice(1) ?? '';
      const redirect = { origins: [s3.endpoint] };
      return nodeListener((asked) => download(hybrid, key, asked, { redirect }))(request, response);
    });
    const old = await fetch(`${app.origin}/old.txt`, { redirect: 'manual' });
    expect([old.status, await old.text()]).toEqual([200, 'old']);
    const moved = await fetch(`${app.origin}/page.html`, { redirect: 'manual' });
    expect(moved.status).toBe(302);
  });
});

test('a client that goes away in the middle frees the connection to the bucket', async () => {
  await storage.upload('large', Buffer.alloc(24 * 1024 * 1024));
  const sockets = () =>
    process.getActiveResourcesInfo().filter((type) => type === 'TCPSocketWrap').length;
  const before = sockets();
  for (const range of ['', 'Range: bytes=0-9999999,12000000-\r\n']) {
    for (let i = 0; i < 4; i++) {
      const socket = connect(server.port, '127.0.0.1');
      socket.write(`GET /large HTTP/1.1\r\nHost: localhost\r\n${range}\r\n`);
      await once(socket, 'data');
      socket.destroy();
    }
    await eventually(async () => expect(await server.connections()).toBe(0));
  }
  await eventually(() => expect(sockets()).toBeLessThanOrEqual(before + 2));
});

test('a bucket that is away is one to ask again later', async () => {
  const fault = s3.faults.add({ type: 'error', code: 'SlowDown', operation: 'HeadObject' });
  const answer = await ask('a/b.bin', { method: 'HEAD' });
  fault.remove();
  expect(answer.status).toBe(503);
  expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
}, 60_000);
