import { randomBytes, randomUUID } from 'node:crypto';
import { readAll, StorageError } from '@org/storage-core';
import { S3StorageProvider } from '@org/storage-s3';
import { type S3Server, startS3Server } from '@org/storage-testkit/s3-server';
import AwsS3 from '@uppy/aws-s3';
import Uppy from '@uppy/core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { type TicketHandlerOptions, ticketHandler } from '../../src/index.js';
import { eventually } from '../eventually.js';
import { serve } from '../upload/site.js';
import { FetchRequest } from './xhr.js';

const MIB = 1024 ** 2;

let server: S3Server;
let storage: S3StorageProvider;

beforeAll(async () => {
  server = await startS3Server({ buckets: ['test'] });
  const { endpoint, region, credentials } = server;
  storage = new S3StorageProvider({ bucket: 'test', endpoint, region, credentials, server: 'aws' });
});

afterAll(async () => {
  await storage.close();
  await server.close();
});

beforeEach(() => {
  server.faults.clear();
  vi.stubGlobal('XMLHttpRequest', FetchRequest);
});

afterEach(() => {
  vi.unstubAllGlobals();
});

const options = (): TicketHandlerOptions => ({
  storage,
  key: ({ filename }) => `${randomUUID()}/${filename}`,
  authorize: ({ header }) => {
    const user = header('x-user');
    if (user === undefined) throw new StorageError('AccessDenied', 'log in first');
    return user;
  },
  secret: 's'.repeat(32),
  maxSize: 20 * MIB,
  types: ['image/*', 'video/mp4', 'text/plain'],
});

async function endpointOf(changed: Partial<TicketHandlerOptions> = {}): Promise<string> {
  return (await serve(ticketHandler({ ...options(), ...changed }))).origin;
}

/** As the pages of an application have it. */
function uppyFor(endpoint: string, shouldUseMultipart: () => boolean) {
  const uppy = new Uppy<Record<string, unknown>, { location: string; key: string }>();
  uppy.use(AwsS3, { endpoint, headers: { 'x-user': 'ann' }, shouldUseMultipart, retryDelays: [0] });
  uppy.on('file-added', ({ id, size }) => uppy.setFileMeta(id, { size }));
  return uppy;
}

async function contentOf(key: string): Promise<Buffer> {
  return readAll((await storage.download(key)).body);
}

it.each(['post', 'put'] as const)('Uppy uploads a file in one request, by %s', async (single) => {
  const endpoint = await endpointOf({ single });
  const uppy = uppyFor(endpoint, () => false);
  const data = new Blob(['Hello, world'], { type: 'text/plain' });
  uppy.addFile({ name: 'Gruß & Kuß.txt', type: 'text/plain', data });
  const { successful = [], failed } = (await uppy.upload()) ?? {};
  expect(failed).toEqual([]);
  expect(successful).toHaveLength(1);
  const listed = [];
  for await (const entry of storage.list()) if (entry.type === 'file') listed.push(entry.key);
  const key = listed.find((each) => each.endsWith('/Gruß & Kuß.txt')) ?? '';
  expect(await storage.stat(key)).toMatchObject({ contentType: 'text/plain', size: 12 });
  await storage.delete(key);
});

it('Uppy uploads a file in parts', async () => {
  const completed = vi.fn();
  const endpoint = await endpointOf({ completed });
  const uppy = uppyFor(endpoint, () => true);
  const content = randomBytes(11 * MIB);
  uppy.addFile({ name: 'film.mp4', type: 'video/mp4', data: new Blob([content]) });
  const { successful = [], failed } = (await uppy.upload()) ?? {};
  expect(failed).toEqual([]);
  const key: string = completed.mock.lastCall?.[0].metadata.key;
  expect(successful[0]?.response?.body).toMatchObject({ key });
  expect(completed.mock.calls).toMatchObject([
    [{ user: 'ann', metadata: { size: content.length, contentType: 'video/mp4' } }],
  ]);
  expect((await contentOf(key)).equals(content)).toBe(true);
});

it('Uppy goes on with the parts that are missing after a pause', async () => {
  const endpoint = await endpointOf();
  const uppy = uppyFor(endpoint, () => true);
  const content = randomBytes(16 * MIB);
  const sent: (number | undefined)[] = [];
  const id = uppy.addFile({ name: 'film.mp4', type: 'video/mp4', data: new Blob([content]) });
  uppy.on('s3-multipart:part-uploaded', (_, { PartNumber }) => {
    sent.push(PartNumber);
    if (sent.length !== 1) return;
    uppy.pauseResume(id);
    setTimeout(() => uppy.pauseResume(id));
  });
  const { successful = [] } = (await uppy.upload()) ?? {};
  const key = successful[0]?.response?.body?.key ?? '';
  expect((await contentOf(key)).equals(content)).toBe(true);
  expect(sent.filter((number) => number === sent[0])).toHaveLength(1);
});

it('Uppy ends an upload that is cancelled', async () => {
  const endpoint = await endpointOf();
  const uppy = uppyFor(endpoint, () => true);
  uppy.addFile({ name: 'film.mp4', type: 'video/mp4', data: new Blob([randomBytes(11 * MIB)]) });
  uppy.on('s3-multipart:part-uploaded', () => uppy.cancelAll());
  await uppy.upload();
  await eventually(async () => {
    const left = [];
    for await (const upload of storage.multipart.list()) left.push(upload);
    expect(left).toEqual([]);
  });
});

interface Answer {
  readonly status: number;
  // biome-ignore format: the shapes of all answers
  readonly body: { readonly uploadId: string; readonly key: string; readonly url: string; readonly fields: Record<string, string> };
}

async function ask(url: string, method = 'GET', body?: unknown, user = 'ann'): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: { 'x-user': user, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Answer['body'] };
}

const film = (size: unknown, type = 'video/mp4') => ({
  filename: '../film.mp4',
  type,
  metadata: { size },
});

async function begun(endpoint: string, size = 6 * MIB) {
  const { body } = await ask(`${endpoint}/s3/multipart`, 'POST', film(size));
  const url = `${endpoint}/s3/multipart/${encodeURIComponent(body.uploadId)}`;
  return { url, key: body.key, query: `?key=${encodeURIComponent(body.key)}` };
}

async function sendParts({ url, query }: { url: string; query: string }, content: Buffer) {
  const parts = [];
  for (let number = 1, at = 0; at < content.length; number++, at += 5 * MIB) {
    const { body } = await ask(`${url}/${number}${query}`);
    const part = Uint8Array.from(content.subarray(at, at + 5 * MIB));
    const { headers, status } = await fetch(body.url, { method: 'PUT', body: part });
    expect(status).toBe(200);
    parts.push({ PartNumber: number, ETag: headers.get('etag') });
  }
  return parts;
}

it('nobody but who began it goes on with an upload, and with no other key', async () => {
  const endpoint = await endpointOf();
  const { url, query } = await begun(endpoint);
  const other = await begun(endpoint);
  const forged = url.replace(/\.[^.]*$/, `.${Buffer.alloc(32).toString('base64url')}`);
  for (const [path, method, body] of [
    [`${url}${query}`, 'GET', undefined],
    [`${url}/1${query}`, 'GET', undefined],
    [`${url}/complete${query}`, 'POST', { parts: [] }],
    [`${url}${query}`, 'DELETE', undefined],
  ] as const) {
    expect((await ask(path, method, body, 'bob')).status).toBe(404);
    expect((await ask(path.replace(query, other.query), method, body)).status).toBe(404);
    expect((await ask(path.replace(query, ''), method, body)).status).toBe(404);
    expect((await ask(path.replace(url, forged), method, body)).status).toBe(404);
  }
  expect((await fetch(`${url}${query}`)).status).toBe(403);
  expect((await ask(`${url}${query}`)).status).toBe(200);
});

it('what a client calls its file is a name, and no path', async () => {
  const endpoint = await endpointOf();
  for (const [filename, name] of [
    ['../../film.mp4', 'film.mp4'],
    ['..\\film\0.mp4', 'film.mp4'],
    ['a\r\nb.mp4', 'ab.mp4'],
  ] as const) {
    const file = { ...film(1), filename };
    const { body } = await ask(`${endpoint}/s3/multipart`, 'POST', file);
    expect(body.key).toMatch(new RegExp(`^[\\w-]{36}/${name}$`));
    const query = new URLSearchParams({ filename, type: 'text/plain', 'metadata[size]': '1' });
    const { body: single } = await ask(`${endpoint}/s3/params?${query}`);
    expect(single.fields['key']).toMatch(new RegExp(`^[\\w-]{36}/${name}$`));
  }
});

it('an id is good for its time, and after that for nothing', async () => {
  const endpoint = await endpointOf({ lifetime: 0 });
  const { url, query } = await begun(endpoint);
  expect((await ask(`${url}${query}`)).status).toBe(404);
});

it('an upload is complete with all its parts, once', async () => {
  const endpoint = await endpointOf();
  const content = randomBytes(6 * MIB);
  const upload = await begun(endpoint, content.length);
  const { url, key, query } = upload;
  const parts = await sendParts(upload, content);
  const complete = (given: unknown) => ask(`${url}/complete${query}`, 'POST', { parts: given });
  for (const wrong of [[], parts.slice(1), parts.slice(0, 1), [parts[0], parts[0]], 'x', undefined])
    expect((await complete(wrong)).status).toBe(400);
  expect((await complete(parts)).status).toBe(200);
  expect((await complete(parts)).status).toBe(200); // the answer was lost
  expect((await contentOf(key)).equals(content)).toBe(true);
});

it('a body as deep as it can be is refused as any other, and so are parts that are objects', async () => {
  const endpoint = await endpointOf();
  const { url, query } = await begun(endpoint);
  const deep = `${'['.repeat(400_000)}${']'.repeat(400_000)}`;
  for (const [path, body] of [
    [`${endpoint}/s3/multipart`, `{"filename":"a","type":"video/mp4","metadata":{"size":${deep}}}`],
    [`${url}/complete${query}`, `{"parts":[{"PartNumber":${deep},"ETag":"x"},{}]}`],
    [`${url}/complete${query}`, `{"parts":[{"PartNumber":1,"ETag":{"toString":1}},{}]}`],
  ] as const) {
    const sent = await fetch(path, { method: 'POST', headers: { 'x-user': 'ann' }, body });
    expect([sent.status, await sent.json()]).toMatchObject([400, { code: 'InvalidArgument' }]);
  }
});

it('never puts an upload over another file', async () => {
  const endpoint = await endpointOf();
  const content = randomBytes(MIB);
  const upload = await begun(endpoint, content.length);
  const parts = await sendParts(upload, content);
  await storage.upload(upload.key, 'there before');
  const path = `${upload.url}/complete${upload.query}`;
  expect((await ask(path, 'POST', { parts })).status).toBe(412);
  expect((await contentOf(upload.key)).toString()).toBe('there before');
});

it('binds the size of each part', async () => {
  const endpoint = await endpointOf();
  const { url, query } = await begun(endpoint, 6 * MIB);
  const { body } = await ask(`${url}/2${query}`);
  const larger = await fetch(body.url, { method: 'PUT', body: new Uint8Array(2 * MIB) });
  expect(larger.status).toBe(403);
  expect((await ask(`${url}/3${query}`)).status).toBe(400);
});

it('binds size and type of a form', async () => {
  const endpoint = await endpointOf({ maxSize: 10 });
  const { body } = await ask(`${endpoint}/s3/params?filename=a.txt&type=text/plain`);
  const send = (content: string, changed: Record<string, string> = {}) => {
    const form = new FormData();
    for (const [name, value] of Object.entries({ ...body.fields, ...changed }))
      form.append(name, value);
    form.append('file', new Blob([content]));
    return fetch(body.url, { method: 'POST', body: form });
  };
  expect((await send('more than ten bytes')).status).toBe(400);
  expect((await send('ten', { 'Content-Type': 'text/html' })).status).toBe(403);
  expect((await send('ten', { key: 'mine' })).status).toBe(403);
  expect((await send('ten')).status).toBe(204);
});

it.each([
  '..%2f..%2fetc%2fpasswd',
  '%00',
  '%ff',
  '%',
  '..',
  'a%2Fb',
  '%2e%2e%2fx.y',
  'x'.repeat(5_000),
])('knows no upload %s', async (id) => {
  const endpoint = await endpointOf();
  for (const path of [id, `${id}/1`, `${id}/complete`]) {
    const answer = await fetch(`${endpoint}/s3/multipart/${path}?key=%00`, {
      method: path.endsWith('complete') ? 'POST' : 'GET',
      headers: { 'x-user': 'ann' },
    });
    expect([404, 405], path).toContain(answer.status); // `..` leaves `/s3/multipart` itself
    await answer.text();
  }
});

it.each<[string, string, unknown, number]>([
  ['no size', 'POST', film(undefined), 400],
  ['a size that is none', 'POST', film('-1'), 400],
  ['a size beyond the limit', 'POST', film(21 * MIB), 413],
  ['a type that is not taken', 'POST', film(1, 'text/html'), 403],
  ['an image that a browser runs', 'POST', film(1, 'image/svg+xml'), 403],
  ['a type that is none', 'POST', film(1, 'a\r\nb'), 400],
  ['a body that is no object', 'POST', 5, 400],
  ['metadata of objects', 'POST', { ...film(1), metadata: { size: 1, a: { toString: 1 } } }, 400],
  ['another method', 'PUT', {}, 405],
])('refuses to begin with %s', async (_, method, body, status) => {
  const endpoint = await endpointOf();
  expect((await ask(`${endpoint}/s3/multipart`, method, body)).status).toBe(status);
});

it('a secret that could be guessed is refused', () => {
  expect(() => ticketHandler({ ...options(), secret: 'short' })).toThrow('32 bytes');
});
