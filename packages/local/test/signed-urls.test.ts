import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  grantedDownload,
  grantedMetadata,
  grantedUpload,
  isStorageError,
  type PostTicketOptions,
  type PutTicketOptions,
  readAll,
  type SignedUrl,
  StorageError,
  type UploadTicket,
} from '@org/storage-core';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { LocalStorageProvider } from '../src/index.js';
import { filesIn, localStorage, rejection, temporaryDirectory } from './fixtures.js';

/** What an application writes: it verifies, and hands on what was granted. */
async function serve(
  storage: LocalStorageProvider,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = '', url = '', headers } = request;
  const contentType = headers['content-type'];
  if (storage.urlSigner === undefined) throw new Error('the provider signs no URLs');
  if (method === 'POST') {
    const form = await new Response(Readable.toWeb(request) as ReadableStream, {
      headers: { 'content-type': contentType ?? '' },
    }).formData();
    const [token, file] = [form.get('token'), form.get('file')];
    const grant = storage.urlSigner.verify({ method, url, token: String(token) });
    if (grant.type !== 'post' || !(file instanceof Blob)) throw new Error('no form with a file');
    const { body, options } = grantedUpload(grant, { body: file });
    await storage.upload(grant.key, body, options);
    response.writeHead(204).end();
    return;
  }
  const grant = storage.urlSigner.verify({ method, url });
  if (grant.type === 'put') {
    const length = headers['content-length'];
    const { body, options } = grantedUpload(grant, {
      body: request.iterator({ destroyOnReturn: false }), // the answer has to get through
      contentType,
      contentLength: length === undefined ? undefined : Number(length),
    });
    const { etag } = await storage.upload(grant.key, body, options);
    response.writeHead(200, { etag: `"${etag}"` }).end();
  } else if (grant.type === 'download') {
    const { metadata, body } = await storage.download(grant.key, grantedDownload(grant));
    const { contentType, cacheControl, contentDisposition } = grantedMetadata(grant, metadata);
    response.setHeader('content-type', contentType);
    if (cacheControl !== undefined) response.setHeader('cache-control', cacheControl);
    if (contentDisposition !== undefined)
      response.setHeader('content-disposition', contentDisposition);
    await pipeline(body, response);
  }
}

const STATUS: Readonly<Record<string, number>> = {
  AccessDenied: 403,
  NotFound: 404,
  AlreadyExists: 412,
  TooLarge: 413,
};

interface Served {
  readonly storage: LocalStorageProvider;
  readonly root: string;
  put(key: string, options?: PutTicketOptions): Promise<Extract<UploadTicket, { type: 'put' }>>;
  post(
    key: string,
    options?: Partial<PostTicketOptions>,
  ): Promise<Extract<UploadTicket, { type: 'post' }>>;
  get(key: string, options?: object): Promise<SignedUrl>;
}

/** A directory whose files are served below `/files`. */
async function served(): Promise<Served> {
  const server = createServer((request, response) => {
    serve(storage, request, response).catch((error: unknown) => {
      const status = isStorageError(error) ? (STATUS[error.code] ?? 400) : 500;
      response.writeHead(status, { connection: 'close' }).end(String(error));
    });
  }).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const urls = {
    baseUrl: `http://127.0.0.1:${port}/files`,
    keys: [{ id: 'k', secret: randomBytes(32).toString('hex') }],
  };
  const { provider: storage, root } = await localStorage({ urls });
  const ticket = (key: string, options: PutTicketOptions | PostTicketOptions) => {
    if (storage.createUploadTicket === undefined) throw new Error('no tickets');
    return storage.createUploadTicket(key, options);
  };
  const missing = (type: string): never => {
    throw new Error(`a ticket of type ${type}`);
  };
  return {
    storage,
    root,
    async put(key, options = {}) {
      const given = await ticket(key, options);
      return given.type === 'put' ? given : missing(given.type);
    },
    async post(key, options = {}) {
      const given = await ticket(key, { size: { max: 1000 }, ...options, type: 'post' });
      return given.type === 'post' ? given : missing(given.type);
    },
    async get(key, options = {}) {
      return storage.createDownloadUrl?.(key, options) ?? missing('download');
    },
  };
}

const HELLO = 'Hello, world';
const KEY = 'dir/Übersicht 日本 (1).txt';
const sha256 = createHash('sha256').update(HELLO).digest('hex');
const described = {
  contentType: 'text/plain',
  cacheControl: 'no-store',
  contentDisposition: 'attachment; filename="Ü.txt"',
  metadata: { author: 'Zoë' },
};
const tags = { state: 'new' };

function send(
  { url, headers }: { readonly url: string; readonly headers: Readonly<Record<string, string>> },
  body: string | ReadableStream,
  changed: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const streamed = typeof body === 'string' ? {} : ({ duplex: 'half' } as const);
  return fetch(url, { method: 'PUT', headers: { ...headers, ...changed }, body, ...streamed });
}

function sendForm(
  { url, fields }: { readonly url: string; readonly fields: Readonly<Record<string, string>> },
  content: string,
): Promise<Response> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append('file', new Blob([content], { type: 'text/html' }), 'name.html');
  return fetch(url, { method: 'POST', body: form });
}

async function statusOf(response: Promise<Response>): Promise<number> {
  const answer = await response;
  await answer.arrayBuffer();
  return answer.status;
}

async function anHourAgo<T>(sign: () => Promise<T>): Promise<T> {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 3_600_000 });
  try {
    return await sign();
  } finally {
    vi.useRealTimers();
  }
}

describe('an upload by PUT', () => {
  it('stores what the ticket says', async () => {
    const { storage, put } = await served();
    const ticket = await put(KEY, {
      ...described,
      tags,
      contentLength: HELLO.length,
      checksums: { sha256 },
    });
    const response = await send(ticket, HELLO);
    expect(response.status, await response.text()).toBe(200);
    const { metadata, body } = await storage.download(KEY);
    expect(metadata).toMatchObject({ ...described, checksums: { sha256 } });
    expect(response.headers.get('etag')).toBe(`"${metadata.etag}"`);
    expect((await readAll(body)).toString()).toBe(HELLO);
    expect(await storage.tags.get(KEY)).toEqual(tags);
  });

  const unannounced = (text: string) => new Blob([text]).stream();

  it.each<[string, number, string | ReadableStream, Readonly<Record<string, string>>]>([
    ['another content type', 403, HELLO, { 'content-type': 'text/html' }],
    ['another length', 400, `${HELLO}!`, { 'content-length': `${HELLO.length + 1}` }],
    ['more than was announced', 400, unannounced(`${HELLO}!`), {}],
    ['less than was announced', 400, unannounced(HELLO.slice(1)), {}],
    ['another content', 400, HELLO.toUpperCase(), {}],
  ])('refuses %s, and leaves nothing', async (_, status, body, changed) => {
    const { root, storage, put } = await served();
    const { url, headers } = await put(KEY, {
      contentType: 'text/plain',
      contentLength: HELLO.length,
      checksums: { sha256 },
    });
    const { 'content-length': _length, ...unmeasured } = headers;
    const ticket = { url, headers: typeof body === 'string' ? headers : unmeasured };
    expect(await statusOf(send(ticket, body, changed))).toBe(status);
    expect(await storage.exists(KEY)).toBe(false);
    expect(await filesIn(root)).toEqual([]);
    expect(await statusOf(send({ url, headers }, HELLO))).toBe(200);
  });

  it('only creates, where the ticket says so', async () => {
    const { storage, put } = await served();
    const ticket = await put(KEY, { condition: { type: 'absent' } });
    expect(await statusOf(send(ticket, HELLO))).toBe(200);
    expect(await statusOf(send(ticket, 'other'))).toBe(412);
    expect(await storage.stat(KEY)).toMatchObject({ size: HELLO.length });
  });

  it('refuses another key and an expired ticket', async () => {
    const { root, put } = await served();
    const ticket = await put('a.txt');
    const other = { ...ticket, url: ticket.url.replace('a.txt', 'b.txt') };
    expect(await statusOf(send(other, HELLO))).toBe(403);
    const expired = await anHourAgo(() => put('a.txt', { expiresIn: 60 }));
    expect(await statusOf(send(expired, HELLO))).toBe(403);
    expect(await filesIn(root)).toEqual([]);
  });
});

describe('an upload by a form', () => {
  it('stores what the ticket says, and not what the form says of its file', async () => {
    const { storage, post } = await served();
    const ticket = await post(KEY, { ...described, tags, size: { min: 1, max: HELLO.length } });
    expect(await statusOf(sendForm(ticket, HELLO))).toBe(204);
    expect(await storage.stat(KEY)).toMatchObject({ ...described, size: HELLO.length });
    expect(await storage.tags.get(KEY)).toEqual(tags);
  });

  it.each([
    ['too much', 413, `${HELLO}!`],
    ['too little', 400, HELLO.slice(1)],
    ['another content', 400, HELLO.toUpperCase()],
  ])('refuses %s, and leaves nothing', async (_, status, content) => {
    const { root, post } = await served();
    const size = { min: HELLO.length, max: HELLO.length };
    const ticket = await post(KEY, { size, checksums: { sha256 } });
    expect(await statusOf(sendForm(ticket, content))).toBe(status);
    expect(await filesIn(root)).toEqual([]);
    expect(await statusOf(sendForm(ticket, HELLO))).toBe(204);
  });

  it('refuses another key, and an expired ticket', async () => {
    const { root, post } = await served();
    const ticket = await post('a.txt');
    const other = { ...ticket, url: ticket.url.replace('a.txt', 'b.txt') };
    expect(await statusOf(sendForm(other, HELLO))).toBe(403);
    const expired = await anHourAgo(() => post('a.txt', { expiresIn: 60 }));
    expect(await statusOf(sendForm(expired, HELLO))).toBe(403);
    expect(await filesIn(root)).toEqual([]);
  });
});

describe('a download', () => {
  it('has the headers of the URL, else those of the file', async () => {
    const { storage, get } = await served();
    await storage.upload(KEY, HELLO, { contentType: 'text/html', cacheControl: 'public' });
    const response = await fetch((await get(KEY, { contentType: 'text/plain' })).url);
    expect(await response.text()).toBe(HELLO);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/plain',
      'cache-control': 'public',
    });
  });

  it('is refused with another URL, and once it has expired', async () => {
    const { storage, get } = await served();
    await storage.upload('a.txt', HELLO);
    await storage.upload('b.txt', HELLO);
    const { url } = await get('a.txt');
    expect(await statusOf(fetch(url.replace('a.txt', 'b.txt')))).toBe(403);
    expect(await statusOf(fetch(url.replace(/\?.*/, '')))).toBe(403);
    expect(await statusOf(fetch(url, { method: 'PUT', body: 'x' }))).toBe(403);
    expect(
      await statusOf(fetch((await anHourAgo(() => get('a.txt', { expiresIn: 60 }))).url)),
    ).toBe(403);
    expect(await statusOf(fetch((await get('c.txt')).url))).toBe(404);
  });
});

it('without the option there are neither URLs nor tickets', async () => {
  const { provider } = await localStorage();
  expect(provider.capabilities).toMatchObject({ downloadUrls: 'absent', uploadTickets: 'absent' });
  expect(provider.createDownloadUrl).toBeUndefined();
  expect(provider.createUploadTicket).toBeUndefined();
  expect(provider.urlSigner).toBeUndefined();
});

it('what a directory does not hold gets no URL', async () => {
  const { storage, put, get } = await served();
  expect(storage.capabilities).toMatchObject({
    downloadUrls: 'emulated',
    uploadTickets: 'emulated',
  });
  const multipart = storage.createUploadTicket?.('a', { type: 'multipart', contentLength: 1 });
  await rejection(Promise.resolve(multipart), 'Unsupported');
  await rejection(get('a', { versionId: '1' }), 'Unsupported');
  const error = await rejection(put(`${'x'.repeat(256)}`), 'InvalidKey');
  expect(error).toMatchObject({ operation: 'createUploadTicket', provider: 'local' });
  await storage.close();
  await rejection(get('a'), 'Unavailable');
});

it('options are checked', async () => {
  const root = await temporaryDirectory();
  const urls = { baseUrl: 'http://127.0.0.1/', keys: [{ id: 'a', secret: 'short' }] };
  expect(() => new LocalStorageProvider({ root, urls })).toThrow(StorageError);
});
