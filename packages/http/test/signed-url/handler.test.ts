import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { MemoryStorageProvider, readAll, UrlSigner } from '@org/storage-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { nodeListener, signedUrlHandler } from '../../src/index.js';
import { eventually } from '../eventually.js';
import { type Served, sendRaw, serve } from '../serve.js';

const BASE = 'http://files.example/signed';
const KEYS = [{ id: 'a', secret: 'x'.repeat(32) }];
const KEY = 'folder/Ü %2F ?#.txt';

let storage: MemoryStorageProvider;
let signer: UrlSigner;
let server: Served;
beforeAll(async () => {
  signer = new UrlSigner({ baseUrl: BASE, keys: KEYS });
  server = await serve((request, response) =>
    nodeListener(signedUrlHandler({ storage, signer }))(request, response),
  );
});
afterAll(() => server[Symbol.asyncDispose]());
beforeEach(() => {
  storage = new MemoryStorageProvider();
});

/** Where the handler is, for a URL as it was signed. */
const here = (url: string) => url.replace('http://files.example', server.origin);
const ask = (url: string, init?: RequestInit) => fetch(here(url), init);

async function stored(key = KEY): Promise<string> {
  return (await readAll((await storage.download(key)).body)).toString();
}

describe('a download', () => {
  test('is answered whole and in parts, with the headers that the URL says', async () => {
    await storage.upload(KEY, 'hello world');
    const { url } = signer.createDownloadUrl(KEY, {
      contentType: 'text/x-own',
      contentDisposition: 'attachment; filename="a b.txt"',
      cacheControl: 'private, max-age=5',
    });
    const whole = await ask(url);
    expect(await whole.text()).toBe('hello world');
    expect(Object.fromEntries(whole.headers)).toMatchObject({
      'content-type': 'text/x-own',
      'content-disposition': 'attachment; filename="a b.txt"',
      'cache-control': 'private, max-age=5',
      'referrer-policy': 'no-referrer',
    });
    const part = await ask(url, { headers: { range: 'bytes=6-' } });
    expect([part.status, await part.text()]).toEqual([206, 'world']);
    const etag = whole.headers.get('etag') ?? '';
    const known = await ask(url, { headers: { 'if-none-match': etag } });
    expect(known.status).toBe(304);
    expect((await ask(url, { method: 'HEAD' })).status).toBe(200);
  });

  test('that would be shown as a page is saved, whatever the URL says', async () => {
    await storage.upload('a.html', '<script>');
    const { url } = signer.createDownloadUrl('a.html', { contentDisposition: 'inline' });
    const answer = await ask(url);
    await answer.text();
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="a.html"');
  });

  test('of a version is of that one', async () => {
    storage = new MemoryStorageProvider({ versions: true });
    const { versionId } = await storage.upload('a.txt', 'old');
    await storage.upload('a.txt', 'new');
    const { url } = signer.createDownloadUrl('a.txt', { versionId });
    expect(await (await ask(url)).text()).toBe('old');
    const part = await ask(url, { headers: { range: 'bytes=0-0' } });
    expect(await part.text()).toBe('o');
  });

  test('by a URL that was changed, has expired or is for something else is refused', async () => {
    await storage.upload('a.txt', 'content');
    await storage.upload('b.txt', 'secret');
    const { url } = signer.createDownloadUrl('a.txt');
    const put = signer.createUploadTicket('a.txt');
    vi.useFakeTimers({ now: Date.now() - 60_000, toFake: ['Date'] });
    const expired = signer.createDownloadUrl('a.txt', { expiresIn: 59 }).url;
    vi.useRealTimers();
    for (const wrong of [
      url.replace('a.txt', 'b.txt'),
      url.replace('/signed/', '/signed/../signed/x/../b.txt?'),
      url.slice(0, -1),
      `${url}&x=1`,
      url.replace(/\?.*/, ''),
      put.url,
      expired,
    ]) {
      const answer = await ask(wrong);
      expect([answer.status, await answer.json()], wrong).toMatchObject([
        403,
        { code: 'AccessDenied' },
      ]);
    }
    for (const method of ['PUT', 'POST'])
      expect((await ask(url, { method, body: 'x' })).ok, method).toBe(false);
    expect(await stored('a.txt')).toBe('content');
  });
});

describe('a PUT', () => {
  test('is stored as the ticket says, and answered with the tag of a download', async () => {
    const ticket = signer.createUploadTicket(KEY, {
      contentLength: 5,
      checksums: { sha256: createHash('sha256').update('hello').digest('hex') },
      metadata: { author: 'Zoë' },
      contentType: 'text/x-own',
    });
    if (ticket.type !== 'put') throw new Error('a ticket of type put');
    const answer = await ask(ticket.url, { method: 'PUT', headers: ticket.headers, body: 'hello' });
    expect(answer.status).toBe(200);
    expect(await stored()).toBe('hello');
    expect(await storage.stat(KEY)).toMatchObject({
      contentType: 'text/x-own',
      metadata: { author: 'Zoë' },
    });
    const download = await ask(signer.createDownloadUrl(KEY).url);
    await download.text();
    expect(answer.headers.get('etag')).toBe(download.headers.get('etag'));
  });

  test.each([
    ['with more bytes', { contentLength: 4 }, {}, 400],
    ['with other bytes', { checksums: { sha256: 'ab'.repeat(32) } }, {}, 400],
    ['of another type', { contentType: 'text/x-own' }, { 'content-type': 'text/html' }, 403],
    ['that is encoded', {}, { 'content-encoding': 'gzip' }, 415],
    ['of a part', {}, { 'content-range': 'bytes 0-4/10' }, 400],
    ['for a version', {}, { 'if-match': '"x"' }, 501],
  ])('%s is refused, and nothing is stored', async (_, options, headers, status) => {
    const ticket = signer.createUploadTicket('a.txt', options);
    const type = { 'content-type': 'text/plain', ...headers };
    const answer = await ask('url' in ticket ? ticket.url : '', {
      method: 'PUT',
      headers: type,
      body: 'hello',
    });
    expect(answer.status).toBe(status);
    await answer.text();
    expect(await storage.exists('a.txt')).toBe(false);
  });

  test('of a new file alone does not replace one: by the ticket, or by the client’s wish', async () => {
    await storage.upload('a.txt', 'there already');
    const headers = { 'content-type': 'text/plain' };
    const bound = signer.createUploadTicket('a.txt', { condition: { type: 'absent' } });
    const free = signer.createUploadTicket('a.txt');
    const put = (url: string, more = {}) =>
      ask(url, { method: 'PUT', headers: { ...headers, ...more }, body: 'new' });
    expect((await put(bound.url)).status).toBe(412);
    expect((await put(free.url, { 'if-none-match': '*' })).status).toBe(412);
    expect(await stored('a.txt')).toBe('there already');
    expect((await put(free.url)).status).toBe(200);
    expect(await stored('a.txt')).toBe('new');
  });

  test('of an empty file is one', async () => {
    const { url } = signer.createUploadTicket('a.txt', { contentLength: 0 });
    const headers = { 'content-type': 'text/plain' };
    expect((await ask(url, { method: 'PUT', headers })).status).toBe(200);
    expect(await stored('a.txt')).toBe('');
  });

  test('whose client goes away stores nothing', async () => {
    const { url } = signer.createUploadTicket('a.txt', { contentLength: 100 });
    const path = url.slice('http://files.example'.length);
    const upload = vi.spyOn(storage, 'upload');
    const socket = connect(server.port, '127.0.0.1');
    socket.write(
      `PUT ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: 100\r\n\r\nhalf`,
    );
    await eventually(() => expect(upload).toHaveBeenCalledOnce());
    socket.destroy();
    await expect(upload.mock.results[0]?.value).rejects.toThrow();
    expect(await storage.exists('a.txt')).toBe(false);
  });
});

describe('a form', () => {
  const ticketOf = (options = {}) => {
    const ticket = signer.createUploadTicket('a.txt', {
      type: 'post',
      size: { max: 10 },
      ...options,
    });
    if (ticket.type !== 'post') throw new Error('a ticket of type post');
    return ticket;
  };

  function formOf(fields: Readonly<Record<string, string>>, content: string, name = 'file') {
    const form = new FormData();
    for (const [field, value] of Object.entries(fields)) form.append(field, value);
    form.append(name, new Blob([content], { type: 'text/html' }), '../../evil.html');
    return form;
  }

  test('is stored as the ticket says, whatever the form says beside it', async () => {
    const { url, fields } = ticketOf({ contentType: 'text/x-own' });
    const body = formOf({ key: 'other.txt', 'content-type': 'text/html', ...fields }, 'hello');
    const answer = await ask(url, { method: 'POST', body });
    expect(answer.status).toBe(204);
    expect(answer.headers.get('location')).toBe('/signed/a.txt');
    expect(answer.headers.get('etag')).toMatch(/^"[0-9a-f]{64}"$/);
    expect(await stored('a.txt')).toBe('hello');
    expect((await storage.stat('a.txt')).contentType).toBe('text/x-own');
    expect(await storage.exists('other.txt')).toBe(false);
  });

  test.each<[string, (fields: Readonly<Record<string, string>>) => BodyInit, number]>([
    ['with too much', (fields) => formOf(fields, 'x'.repeat(11)), 413],
    ['with far too much', (fields) => formOf(fields, 'x'.repeat(2_000_000)), 413],
    ['without a token', () => formOf({}, 'hello'), 403],
    ['with another token', () => formOf({ token: 'a.b.c' }, 'hello'), 403],
    ['without a file', (fields) => formOf(fields, 'hello', 'other'), 400],
    ['that is none', () => 'hello', 415],
  ])('%s is refused, and nothing is stored', async (_, form, status) => {
    const { url, fields } = ticketOf();
    const answer = await ask(url, { method: 'POST', body: form(fields) });
    expect(answer.status).toBe(status);
    await answer.text();
    expect(await storage.exists('a.txt')).toBe(false);
  });

  test('that breaks off stores nothing', async () => {
    const { fields } = ticketOf();
    const part = (name: string, value: string) =>
      `--b\r\nContent-Disposition: form-data; name="${name}"${name === 'file' ? '; filename="a"' : ''}\r\n\r\n${value}`;
    const body = Buffer.from(`${part('token', fields['token'] ?? '')}\r\n${part('file', 'hel')}`);
    const answer = await sendRaw(
      server.port,
      [
        'POST /signed/a.txt HTTP/1.1',
        'Host: a',
        'Content-Type: multipart/form-data; boundary=b',
        `Content-Length: ${body.byteLength}`,
      ],
      body,
    );
    expect(answer.status).toBe(400);
    expect(await storage.exists('a.txt')).toBe(false);
  });
});

test('there are no other methods', async () => {
  const answer = await ask(signer.createDownloadUrl('a.txt').url, { method: 'DELETE' });
  expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD, PUT, POST']);
  await answer.text();
});
