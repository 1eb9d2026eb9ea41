import { createHash } from 'node:crypto';
import {
  type MultipartTicket,
  type MultipartTicketOptions,
  type PostTicket,
  type PostTicketOptions,
  type PutTicket,
  type PutTicketOptions,
  parseETag,
  readAll,
} from '@org/storage-core';
import type { S3StorageProvider } from '@org/storage-s3';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { MIB, someKey } from './store.js';

const HELLO = 'Hello, world';
const tags = { state: 'new/raw', 'a b': 'c=d+é' };
const sha256 = createHash('sha256').update(HELLO).digest('hex');
const HOSTILE = ['Übersicht 日本 (1).pdf', "a+b %2F'&?#;=.txt", 'space at the end '];

export async function putTicket(
  storage: S3StorageProvider,
  key: string,
  options: PutTicketOptions = {},
): Promise<PutTicket> {
  const ticket = await storage.createUploadTicket(key, options);
  if (ticket.type !== 'put') throw new Error(`a ticket of type ${ticket.type}`);
  return ticket;
}

export async function postTicket(
  storage: S3StorageProvider,
  key: string,
  options: Omit<PostTicketOptions, 'type'> = { size: { max: MIB } },
): Promise<PostTicket> {
  const ticket = await storage.createUploadTicket(key, { type: 'post', ...options });
  if (ticket.type !== 'post') throw new Error(`a ticket of type ${ticket.type}`);
  return ticket;
}

export async function multipartTicket(
  storage: S3StorageProvider,
  key: string,
  options: Omit<MultipartTicketOptions, 'type'>,
): Promise<MultipartTicket> {
  const ticket = await storage.createUploadTicket(key, { type: 'multipart', ...options });
  if (ticket.type !== 'multipart') throw new Error(`a ticket of type ${ticket.type}`);
  return ticket;
}

/** As a client does it: exactly what the ticket says, but for what a test changes. */
export function put(
  { url, headers }: Pick<PutTicket, 'url' | 'headers'>,
  body: string | Uint8Array<ArrayBuffer>,
  changed: Readonly<Record<string, string | undefined>> = {},
): Promise<Response> {
  const all = Object.entries({ ...headers, ...changed });
  const sent = all.filter((entry): entry is [string, string] => entry[1] !== undefined);
  return fetch(url, { method: 'PUT', headers: sent, body });
}

export function post(
  { url, fields }: PostTicket,
  body: string,
  changed: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const form = new FormData();
  for (const [name, value] of Object.entries({ ...fields, ...changed })) form.append(name, value);
  form.append('file', new Blob([body], { type: 'text/x-of-the-file' }), 'name-of-the-file.txt');
  return fetch(url, { method: 'POST', body: form });
}

/** The answer, read to its end. */
async function statusOf(response: Promise<Response>): Promise<number> {
  const answer = await response;
  await answer.arrayBuffer();
  return answer.status;
}

async function contentOf(storage: S3StorageProvider, key: string): Promise<string> {
  const { body } = await storage.download(key);
  return (await readAll(body)).toString();
}

async function anHourAgo<T>(sign: () => Promise<T>): Promise<T> {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 3_600_000 });
  try {
    return await sign();
  } finally {
    vi.useRealTimers();
  }
}

type Changed = Readonly<Record<string, string | undefined>>;

const UNSIGNED: readonly [string, string, Changed][] = [
  ['further metadata', HELLO, { 'x-amz-meta-more': 'x' }],
  ['another access list', HELLO, { 'x-amz-acl': 'public-read' }],
];

/**
 * @param form what the forms of the server know, beside content type, metadata and tags.
 * @param server whether it refuses headers of its own that the signature does not cover.
 */
export function ticketTests(
  storage: () => S3StorageProvider,
  form: { readonly everything: boolean },
  server: { readonly signsAllHeaders: boolean } = { signsAllHeaders: true },
): void {
  afterEach(() => {
    vi.useRealTimers();
  });

  describe('a ticket of type put', () => {
    it('stores the content with all that the ticket says', async () => {
      const key = someKey('Übersicht.txt');
      const described = {
        contentType: 'text/plain; charset=utf-8',
        cacheControl: 'max-age=60',
        contentDisposition: 'attachment; filename="Übersicht.txt"',
        metadata: { author: 'Zoë', empty: '', 'with-space': ' a ' },
      };
      const ticket = await putTicket(storage(), key, {
        ...described,
        tags,
        checksums: { sha256 },
        contentLength: HELLO.length,
      });
      const response = await put(ticket, HELLO);
      expect(response.status, await response.text()).toBe(200);
      const file = await storage().stat(key);
      expect(file).toMatchObject({ ...described, size: HELLO.length });
      expect(file.checksums.sha256).toBe(sha256);
      expect(parseETag(response.headers.get('etag') ?? '')).toBe(file.etag);
      expect(await storage().tags?.get(key)).toEqual(tags);
      expect(await contentOf(storage(), key)).toBe(HELLO);
    });

    it.each(HOSTILE)('holds for the key %j', async (name) => {
      const key = someKey(name);
      expect(await statusOf(put(await putTicket(storage(), key), HELLO))).toBe(200);
      expect(await contentOf(storage(), key)).toBe(HELLO);
    });

    it('takes any length where none is bound, and an empty content', async () => {
      const key = someKey();
      const ticket = await putTicket(storage(), key);
      expect(await statusOf(put(ticket, HELLO))).toBe(200);
      expect(await statusOf(put(ticket, ''))).toBe(200);
      expect(await storage().stat(key)).toMatchObject({ size: 0 });
    });

    const full: PutTicketOptions = {
      contentType: 'text/plain',
      cacheControl: 'no-store',
      contentDisposition: 'inline',
      metadata: { author: 'me' },
      tags: { state: 'new' },
      contentLength: HELLO.length,
      checksums: { sha256 },
    };

    it.each<[string, string, Changed]>([
      ['another content type', HELLO, { 'content-type': 'text/html' }],
      ['no content type', HELLO, { 'content-type': undefined }],
      ['a longer body', `${HELLO}!`, { 'content-length': undefined }],
      ['a shorter body', HELLO.slice(1), { 'content-length': undefined }],
      ['another content of the same length', HELLO.toUpperCase(), {}],
      ['another cache control', HELLO, { 'cache-control': 'public' }],
      ['another disposition', HELLO, { 'content-disposition': 'attachment' }],
      ['other metadata', HELLO, { 'x-amz-meta-author': 'you' }],
      ['other tags', HELLO, { 'x-amz-tagging': 'state=old' }],
      [
        'no checksum',
        HELLO,
        { 'x-amz-checksum-sha256': undefined, 'x-amz-content-sha256': undefined },
      ],
      ...(server.signsAllHeaders ? UNSIGNED : []),
    ])('refuses %s', async (_, body, changed) => {
      const key = someKey();
      const ticket = await putTicket(storage(), key, full);
      expect(await statusOf(put(ticket, body, changed))).toBeOneOf([400, 403]);
      expect(await storage().exists(key)).toBe(false);
      expect(await statusOf(put(ticket, HELLO))).toBe(200);
    });

    it('refuses another key, another expiry, another signature, and another method', async () => {
      const key = someKey('a.txt');
      const other = key.replace('a.txt', 'b.txt');
      const { url, headers } = await putTicket(storage(), key, { expiresIn: 60 });
      const flipped = (digit: string) => (digit === '0' ? '1' : '0');
      for (const tampered of [
        url.replace('a.txt', 'b.txt'),
        url.replace('X-Amz-Expires=60', 'X-Amz-Expires=600'),
        url.replace(/(?<=X-Amz-Signature=)./, flipped),
        url.replace(/(?<=X-Amz-Signature=[0-9a-f]{63})./, flipped),
        `${url}&x-amz-acl=public-read`,
      ]) {
        expect(tampered).not.toBe(url);
        expect(await statusOf(put({ url: tampered, headers }, HELLO))).toBe(403);
      }
      expect(await storage().exists(key)).toBe(false);
      expect(await storage().exists(other)).toBe(false);
      expect(await statusOf(put({ url, headers }, HELLO))).toBe(200);
      expect(await statusOf(fetch(url))).toBe(403);
      expect(await statusOf(fetch(url, { method: 'DELETE' }))).toBe(403);
    });

    it('is refused once it has expired', async () => {
      const key = someKey();
      const ticket = await anHourAgo(() => putTicket(storage(), key, { expiresIn: 60 }));
      expect(ticket.expiresAt.getTime()).toBeLessThan(Date.now());
      expect(await statusOf(put(ticket, HELLO))).toBe(403);
      expect(await storage().exists(key)).toBe(false);
    });

    it('only creates, with the condition absent', async () => {
      const key = someKey();
      const ticket = await putTicket(storage(), key, { condition: { type: 'absent' } });
      expect(await statusOf(put(ticket, HELLO, { 'if-none-match': undefined }))).toBe(403);
      expect(await statusOf(put(ticket, HELLO))).toBe(200);
      expect(await statusOf(put(ticket, 'something else'))).toBe(412);
      expect(await contentOf(storage(), key)).toBe(HELLO);
    });
  });

  describe('a ticket of type post', () => {
    const everything = { cacheControl: 'no-store', contentDisposition: 'inline' };

    it('stores the content with all that the ticket says', async () => {
      const key = someKey('Übersicht 日本.txt');
      const described = {
        contentType: 'text/plain',
        metadata: { author: 'Zoë "and" \\others', empty: '' },
        ...(form.everything ? everything : {}),
      };
      const ticket = await postTicket(storage(), key, {
        ...described,
        tags,
        size: { min: 1, max: HELLO.length },
        ...(form.everything ? { checksums: { sha256 } } : {}),
      });
      const response = await post(ticket, HELLO);
      expect(response.status, await response.text()).toBe(204);
      expect(await storage().stat(key)).toMatchObject({ ...described, size: HELLO.length });
      expect(await storage().tags?.get(key)).toEqual(tags);
      expect(await contentOf(storage(), key)).toBe(HELLO);
    });

    it.each(HOSTILE.slice(0, 2))('holds for the key %j', async (name) => {
      const key = someKey(name);
      expect(await statusOf(post(await postTicket(storage(), key), HELLO))).toBe(204);
      expect(await contentOf(storage(), key)).toBe(HELLO);
    });

    it.each([
      ['a longer content', `${HELLO}!`, {}],
      ['a shorter content', HELLO.slice(1), {}],
      ['another content type', HELLO, { 'Content-Type': 'text/html' }],
      ['tags', HELLO, { tagging: '<Tagging><TagSet></TagSet></Tagging>' }],
      ['other metadata', HELLO, { 'x-amz-meta-author': 'you' }],
      ['further metadata', HELLO, { 'x-amz-meta-more': 'x' }],
      ['another access list', HELLO, { acl: 'public-read' }],
      ['another answer', HELLO, { success_action_redirect: 'http://127.0.0.1/' }],
      ['another signature', HELLO, { 'X-Amz-Signature': '0'.repeat(64) }],
      ['no policy', HELLO, { Policy: '' }],
    ])('refuses %s', async (_, body, changed) => {
      const key = someKey();
      const ticket = await postTicket(storage(), key, {
        contentType: 'text/plain',
        metadata: { author: 'me' },
        size: { min: HELLO.length, max: HELLO.length },
      });
      expect(await statusOf(post(ticket, body, changed))).toBeOneOf([400, 403]);
      expect(await storage().exists(key)).toBe(false);
      expect(await statusOf(post(ticket, HELLO))).toBe(204);
    });

    it('refuses another key', async () => {
      const key = someKey('a.txt');
      const other = key.replace('a.txt', 'b.txt');
      expect(await statusOf(post(await postTicket(storage(), key), HELLO, { key: other }))).toBe(
        403,
      );
      expect(await storage().exists(other)).toBe(false);
    });

    it('is refused once it has expired', async () => {
      const key = someKey();
      const options = { size: { max: MIB }, expiresIn: 60 };
      const ticket = await anHourAgo(() => postTicket(storage(), key, options));
      expect(await statusOf(post(ticket, HELLO))).toBe(403);
      expect(await storage().exists(key)).toBe(false);
    });
  });

  describe('a ticket of type multipart', () => {
    const content = Buffer.alloc(6 * MIB, 'abcdefg');
    const options = { contentLength: content.byteLength, partSize: 5 * MIB };
    const bytesOf = ({ start, size }: { readonly start: number; readonly size: number }) =>
      Uint8Array.from(content.subarray(start, start + size));

    async function sent(ticket: MultipartTicket) {
      return Promise.all(
        ticket.parts.map(async (part) => {
          const response = await put(part, bytesOf(part));
          expect(response.status, await response.text()).toBe(200);
          return { number: part.number, etag: parseETag(response.headers.get('etag') ?? '') };
        }),
      );
    }

    it('becomes a file when the application completes it', async () => {
      const key = someKey('ü 1.bin');
      const described = { contentType: 'video/mp4', metadata: { author: 'Zoë' } };
      const ticket = await multipartTicket(storage(), key, { ...options, ...described });
      expect(ticket.parts.map(({ start, size }) => [start, size])).toEqual([
        [0, 5 * MIB],
        [5 * MIB, MIB],
      ]);
      const parts = await sent(ticket);
      expect(await storage().exists(key)).toBe(false);
      const file = await storage().multipart.complete(key, ticket.uploadId, parts);
      expect(file).toMatchObject({ ...described, size: content.byteLength });
      const { body } = await storage().download(key);
      expect((await readAll(body)).equals(content)).toBe(true);
    });

    it('gives further URLs for an upload that was begun', async () => {
      const key = someKey();
      const { uploadId } = await multipartTicket(storage(), key, options);
      const first = await anHourAgo(() =>
        multipartTicket(storage(), key, { ...options, uploadId, expiresIn: 60 }),
      );
      const [part] = first.parts;
      if (part === undefined) throw new Error('no parts');
      expect(await statusOf(put(part, bytesOf(part)))).toBe(403);
      const second = await multipartTicket(storage(), key, { ...options, uploadId });
      expect(second.uploadId).toBe(uploadId);
      await storage().multipart.complete(key, uploadId, await sent(second));
      expect(await storage().stat(key)).toMatchObject({ size: content.byteLength });
    });

    it('gives the URLs of some parts alone', async () => {
      const key = someKey();
      const none = await multipartTicket(storage(), key, { ...options, partNumbers: [] });
      expect(none.parts).toEqual([]);
      const { uploadId } = none;
      const parts = [];
      for (const number of [2, 1]) {
        const more = { ...options, uploadId, partNumbers: [number] };
        const ticket = await multipartTicket(storage(), key, more);
        expect(ticket.parts.map((part) => part.number)).toEqual([number]);
        parts.push(...(await sent(ticket)));
      }
      const beyond = multipartTicket(storage(), key, { ...options, uploadId, partNumbers: [3] });
      await expect(beyond).rejects.toMatchObject({ code: 'InvalidArgument' });
      await storage().multipart.complete(key, uploadId, parts);
      const { body } = await storage().download(key);
      expect((await readAll(body)).equals(content)).toBe(true);
    });

    it('refuses a part of another length, another number or for another upload', async () => {
      const key = someKey();
      const ticket = await multipartTicket(storage(), key, options);
      const [, part] = ticket.parts;
      if (part === undefined) throw new Error('no second part');
      const { url, headers } = part;
      const longer = Uint8Array.from(content.subarray(0, MIB + 1));
      expect(await statusOf(put(part, longer, { 'content-length': undefined }))).toBe(403);
      const other = { url: url.replace('partNumber=2', 'partNumber=1'), headers };
      expect(await statusOf(put(other, bytesOf(part)))).toBe(403);
      const { uploadId } = await multipartTicket(storage(), key, options);
      const foreign = { url: url.replace(/(?<=uploadId=)[^&]+/, uploadId), headers };
      expect(await statusOf(put(foreign, bytesOf(part)))).toBe(403);
      expect(await readAllParts(storage(), key, ticket.uploadId)).toEqual([]);
    });
  });

  describe('a download URL', () => {
    const html = { contentType: 'text/html', metadata: { author: 'me' } };

    it.each(HOSTILE)('gives the file %j', async (name) => {
      const key = someKey(name);
      await storage().upload(key, HELLO, html);
      const { url } = await storage().createDownloadUrl(key);
      const response = await fetch(url);
      expect(await response.text()).toBe(HELLO);
      expect(response.headers.get('content-type')).toBe('text/html');
    });

    it('gives it with the headers that were asked for, which nobody else can change', async () => {
      const key = someKey();
      await storage().upload(key, HELLO, html);
      const { url } = await storage().createDownloadUrl(key, {
        contentType: 'application/octet-stream',
        contentDisposition: 'attachment; filename="Ü.txt"',
        cacheControl: 'private, max-age=5',
      });
      const response = await fetch(url);
      expect(await response.text()).toBe(HELLO);
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'content-type': 'application/octet-stream',
        'content-disposition': `attachment; filename="_.txt"; filename*=UTF-8''%C3%9C.txt`,
        'cache-control': 'private, max-age=5',
      });
      for (const tampered of [
        url.replace('octet-stream', 'xhtml'),
        url.replace(/&response-content-disposition=[^&]*/, ''),
        url.replace(/(?<=response-cache-control=)[^&]*/, 'public'),
        `${url}&response-content-language=de`,
      ]) {
        expect(tampered).not.toBe(url);
        expect(await statusOf(fetch(tampered))).toBe(403);
      }
    });

    it('gives no other file, none once it has expired, and takes none', async () => {
      const key = someKey('a.txt');
      const other = key.replace('a.txt', 'b.txt');
      await storage().upload(key, HELLO);
      await storage().upload(other, HELLO);
      const { url } = await storage().createDownloadUrl(key);
      expect(await statusOf(fetch(url.replace('a.txt', 'b.txt')))).toBe(403);
      expect(await statusOf(fetch(url, { method: 'PUT', body: 'x' }))).toBe(403);
      const expired = await anHourAgo(() => storage().createDownloadUrl(key, { expiresIn: 60 }));
      expect(await statusOf(fetch(expired.url))).toBe(403);
      expect(await contentOf(storage(), key)).toBe(HELLO);
    });
  });
}

async function readAllParts(storage: S3StorageProvider, key: string, uploadId: string) {
  const parts: unknown[] = [];
  for await (const part of storage.multipart.listParts(key, uploadId)) parts.push(part);
  return parts;
}
