import { Readable } from 'node:stream';
import { MemoryStorageProvider, StorageError } from '@org/storage-core';
import { describe, expect, test } from 'vitest';
import {
  type DownloadAnswerOptions,
  download,
  downloadHandler,
  type HttpResponse,
  keyBelow,
} from '../../src/index.js';
import { request } from '../request.js';

async function answerFor(
  stored: Parameters<MemoryStorageProvider['upload']>[2],
  options: DownloadAnswerOptions = {},
  key = 'a/b.bin',
): Promise<HttpResponse> {
  await using storage = new MemoryStorageProvider();
  await storage.upload(key, 'content', stored);
  const answer = await download(storage, key, request('/'), options);
  if (answer.body instanceof Readable) answer.body.destroy();
  return answer;
}

describe('files of strangers', () => {
  test.each([
    'text/html',
    'text/html; charset=utf-8',
    'TEXT/HTML',
    'application/xhtml+xml',
    'image/svg+xml',
    'text/xml',
    'application/xml',
    'application/rss+xml',
    'text/xsl',
    'application/javascript',
    'text/css',
    'application/x-shockwave-flash',
    'multipart/x-mixed-replace',
    'text/vtt',
    'application/octet-stream',
    'application/json',
    'image/png, text/html',
    'image/x-unknown',
  ])('of type %s are saved and not shown, whatever is asked for', async (contentType) => {
    for (const disposition of [
      undefined,
      'inline',
      { type: 'inline', filename: 'x.html' },
    ] as const) {
      const { headers } = await answerFor(
        { contentType, contentDisposition: 'inline' },
        { disposition },
      );
      expect(headers['content-disposition']).toMatch(/^attachment/);
      expect(headers['content-security-policy']).toContain("default-src 'none'");
      expect(headers['content-security-policy']).toMatch(/; sandbox$/);
      expect(headers['x-content-type-options']).toBe('nosniff');
    }
  });

  test.each(['image/png', 'image/jpeg', 'text/plain', 'text/plain; charset=utf-8'])(
    'of type %s are shown in a sandbox',
    async (contentType) => {
      const { headers } = await answerFor({ contentType });
      expect(headers['content-disposition']).toMatch(/^inline/);
      expect(headers['content-security-policy']).toMatch(/; sandbox$/);
    },
  );

  test.each(['application/pdf', 'video/mp4', 'audio/mpeg'])(
    'of type %s are shown by the browser’s viewer, without scripts',
    async (contentType) => {
      const { headers } = await answerFor({ contentType });
      expect(headers['content-disposition']).toMatch(/^inline/);
      const policy = String(headers['content-security-policy']);
      expect(policy).toContain("default-src 'none'");
      expect(policy).not.toMatch(/sandbox|script-src/);
    },
  );

  test('those that are trusted are shown as they are', async () => {
    const { headers } = await answerFor({ contentType: 'text/html' }, { untrusted: false });
    expect(headers['content-disposition']).toMatch(/^inline/);
    expect(headers['content-security-policy']).toBeUndefined();
    expect(headers['x-content-type-options']).toBe('nosniff');
  });
});

describe('headers', () => {
  test('the name is the option’s, else the stored one, else the last segment of the key', async () => {
    const contentDisposition = 'attachment; filename="Übersicht.pdf"';
    const dispositionOf = async (...given: Parameters<typeof answerFor>) =>
      (await answerFor(...given)).headers['content-disposition'];
    expect(await dispositionOf({ contentType: 'image/png' })).toBe('inline; filename="b.bin"');
    expect(await dispositionOf({ contentDisposition })).toBe(
      `attachment; filename="_bersicht.pdf"; filename*=UTF-8''%C3%9Cbersicht.pdf`,
    );
    expect(
      await dispositionOf(
        { contentDisposition },
        { disposition: { type: 'attachment', filename: 'a.pdf' } },
      ),
    ).toBe('attachment; filename="a.pdf"');
    expect(
      await dispositionOf(
        { contentDisposition, contentType: 'image/png' },
        { disposition: 'inline' },
      ),
    ).toBe(`inline; filename="_bersicht.pdf"; filename*=UTF-8''%C3%9Cbersicht.pdf`);
  });

  test('how long it is kept is the option’s, else the stored one, else asked for each time', async () => {
    const cacheControl = 'public, max-age=60';
    const cachingOf = async (...given: Parameters<typeof answerFor>) =>
      (await answerFor(...given)).headers['cache-control'];
    expect(await cachingOf({})).toBe('private, no-cache');
    expect(await cachingOf({ cacheControl })).toBe(cacheControl);
    expect(await cachingOf({ cacheControl }, { cacheControl: 'no-store' })).toBe('no-store');
  });

  test('what somebody has stored that is no header is not sent', async () => {
    const stored = { contentType: 'text/plän', cacheControl: 'öffentlich' };
    const { headers } = await answerFor(stored);
    expect(headers['content-type']).toBe('application/octet-stream');
    expect(headers['cache-control']).toBe('private, no-cache');
    for (const value of Object.values(headers).flat()) expect(value).toMatch(/^[\x20-\x7e]*$/);
  });

  test('a key of any letters ends no header', async () => {
    const { headers } = await answerFor({}, {}, 'a\r\nset-cookie: x=1\r\n\r\n<script>"');
    expect(headers['content-disposition']).toBe(
      `attachment; filename="aset-cookie: x=1<script>_"; filename*=UTF-8''aset-cookie%3A%20x%3D1%3Cscript%3E%22`,
    );
  });

  test('more headers are the caller’s, and stand in place of ours', async () => {
    const headers = { 'cross-origin-resource-policy': 'same-site', 'x-content-type-options': 'x' };
    expect((await answerFor({}, { headers })).headers).toMatchObject(headers);
  });

  test('those that a cache takes over come with 304', async () => {
    await using storage = new MemoryStorageProvider();
    await storage.upload('a.txt', 'content', { cacheControl: 'max-age=5' });
    const headers = { 'if-none-match': '*' };
    const answer = await download(storage, 'a.txt', request('/', { headers }), {
      headers: { vary: 'cookie', 'content-language': 'de' },
    });
    expect(answer).toMatchObject({ status: 304 });
    expect(Object.keys(answer.headers).sort()).toEqual([
      'cache-control',
      'etag',
      'last-modified',
      'vary',
    ]);
    expect(answer.body).toBeUndefined();
  });
});

describe('the handler', () => {
  const storage = new MemoryStorageProvider();

  test('asks who may have a file before it looks for it', async () => {
    const asked: string[] = [];
    const handler = downloadHandler({
      storage,
      key: keyBelow('/files/'),
      authorize: async (_, key) => {
        asked.push(key);
        return false;
      },
    });
    const answer = await handler(request('/files/missing.txt'));
    expect(answer.status).toBe(403);
    expect(asked).toEqual(['missing.txt']);
  });

  test('answers with what is thrown, if it is a storage error, and leaves the rest to the server', async () => {
    const throwing = (error: Error) =>
      downloadHandler({
        storage,
        key: () => 'a',
        authorize: () => {
          throw error;
        },
      })(request('/'));
    expect((await throwing(new StorageError('NotFound', 'secret'))).status).toBe(404);
    await expect(throwing(new Error('a mistake'))).rejects.toThrow('a mistake');
  });

  test('takes options for each file', async () => {
    await storage.upload('a.png', 'x');
    const handler = downloadHandler({
      storage,
      key: keyBelow('/'),
      cacheControl: 'no-store',
      answer: async (_, key) => ({ disposition: { type: 'attachment', filename: `${key}!` } }),
    });
    const answer = await handler(request('/a.png', { method: 'HEAD' }));
    expect(answer.headers).toMatchObject({
      'content-disposition': 'attachment; filename="a.png!"',
      'cache-control': 'no-store',
    });
  });

  test('has no other methods', async () => {
    const handler = downloadHandler({ storage, key: keyBelow('/') });
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND']) {
      const answer = await handler(request('/a.png', { method }));
      expect(answer).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
    }
  });
});
