import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { UploadTicket } from '@org/storage-core';
import { HybridStorageProvider, type Mode } from '@org/storage-hybrid';
import { LocalStorageProvider } from '@org/storage-local';
import { S3StorageProvider } from '@org/storage-s3';
import { type S3Server, startS3Server } from '@org/storage-testkit/s3-server';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { FileView } from '../../src/api-types.js';
import { type StartedApp, startApp } from '../app.js';
import { answer, type Client, refusal } from '../client.js';

interface Begun {
  readonly id: string;
  readonly ticket: UploadTicket;
}

let directory: string;
let server: S3Server;
let started: StartedApp;
let source: LocalStorageProvider;
let target: S3StorageProvider;
let mode: Mode = 'hybrid';
let zoe: Client;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'reference-direct-'));
  server = await startS3Server({ buckets: ['files', 'rows'] });
  const { endpoint, region, credentials } = server;
  source = new LocalStorageProvider({ root: join(directory, 'files'), createRoot: true });
  target = new S3StorageProvider({
    bucket: 'files',
    ...{ endpoint, region, credentials, forcePathStyle: true, partSize: 5 * 2 ** 20 },
  });
  const storage = new HybridStorageProvider({ source, target, mode: () => mode, handedOver: true });
  started = await startApp({
    storage,
    sides: { source, target },
    mode: () => mode,
    bucket: 'files',
    uploads: { maxBytes: 64 * 2 ** 20, types: ['text/*', 'image/*', 'application/octet-stream'] },
  });
  zoe = await started.client(started.user);
});

afterAll(async () => {
  await started.close();
  await started.storage.close();
  await server.close();
  await rm(directory, { recursive: true, force: true });
});

beforeEach(() => {
  mode = 'hybrid';
});

const begin = (name: string, size: number, contentType = 'text/plain') =>
  answer<Begun>(zoe.post('/api/direct', { name, size, contentType, folder: 'direct' }), 201);

async function put(ticket: UploadTicket, content: string): Promise<Response> {
  if (ticket.type !== 'put') throw new Error(`a ticket of type ${ticket.type}`);
  const { 'content-length': _, ...headers } = ticket.headers;
  return fetch(ticket.url, { method: 'PUT', headers, body: content });
}

const unfinished = () => started.database.db.selectFrom('unfinished_files').selectAll().execute();

describe('a direct upload', () => {
  it('goes to the bucket, and is a file when the application has seen it there', async () => {
    const { id, ticket } = await begin('a.txt', 5);
    expect(await refusal(zoe.post(`/api/direct/${id}/complete`))).toEqual([409, 'not_uploaded']);
    expect((await put(ticket, 'Hello')).status).toBe(200);
    const file = await answer<FileView>(zoe.post(`/api/direct/${id}/complete`));
    expect(file).toMatchObject({ id, name: 'a.txt', folder: 'direct', size: 5, provider: 's3' });
    expect(await (await zoe.get(file.url)).text()).toBe('Hello');
    expect(await refusal(zoe.post(`/api/direct/${id}/complete`))).toEqual([404, 'not_found']);
    const row = await started.database.db
      .selectFrom('files')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    expect(row).toMatchObject({ bucket: 'files', key: row.path, content_type: 'text/plain' });
    expect((await target.stat(row.path)).etag).toBe(row.etag);
  });

  it('takes the ticket at its word: no other size', async () => {
    const { id, ticket } = await begin('a.txt', 5);
    expect((await put(ticket, 'Hello, World')).status).toBe(403);
    expect((await zoe.delete(`/api/direct/${id}`)).status).toBe(204);
    expect(await unfinished()).toEqual([]);
  });

  it('of content that is not what it was called is refused, and removed', async () => {
    const content = '%PDF-1.7\n%âãÏÓ\n1 0 obj';
    const { id, ticket } = await begin('a.txt', Buffer.byteLength(content));
    await put(ticket, content);
    expect(await refusal(zoe.post(`/api/direct/${id}/complete`))).toEqual([
      415,
      'type_not_allowed',
    ]);
    expect(await unfinished()).toEqual([]);
    expect(
      await refusal(
        zoe.post('/api/direct', { name: 'a.pdf', size: 1, contentType: 'application/pdf' }),
      ),
    ).toEqual([415, 'type_not_allowed']);
    expect(
      await refusal(
        zoe.post('/api/direct', { name: 'a', size: 2 ** 40, contentType: 'text/plain' }),
      ),
    ).toEqual([413, 'too_large']);
  });

  it.each(['text/plain\r\nx-amz-acl: public-read', 'text/plain; a=\0', 'text', 'text/ä', ''])(
    'of the type %j is refused: no header has that',
    async (contentType) => {
      const announced = { name: 'a.txt', size: 1, contentType };
      expect(await refusal(zoe.post('/api/direct', announced))).toEqual([400, 'invalid']);
      expect(await unfinished()).toEqual([]);
    },
  );

  it('in parts goes on with fresh URLs where it was broken off', async () => {
    const content = Buffer.alloc(33 * 2 ** 20, 'part');
    const { id, ticket } = await begin('large.txt', content.byteLength);
    if (ticket.type !== 'multipart') throw new Error(ticket.type);
    const [first] = ticket.parts;
    if (first === undefined) throw new Error('no parts');
    const send = ({ url, headers, start, size }: typeof first) => {
      const { 'content-length': _, ...others } = headers;
      return fetch(url, {
        method: 'PUT',
        headers: others,
        body: content.subarray(start, start + size),
      });
    };
    expect((await send(first)).status).toBe(200);
    const resumed = await answer<{
      ticket: typeof ticket;
      parts: { number: number; etag: string; size: number }[];
    }>(zoe.get(`/api/direct/${id}`));
    expect(resumed.parts).toMatchObject([{ number: 1, size: first.size }]);
    const parts = resumed.parts.map(({ number, etag }) => ({ number, etag }));
    for (const part of resumed.ticket.parts.slice(1)) {
      const response = await send(part);
      parts.push({ number: part.number, etag: response.headers.get('etag') ?? '' });
    }
    const file = await answer<FileView>(zoe.post(`/api/direct/${id}/complete`, { parts }));
    expect(file).toMatchObject({ size: content.byteLength, provider: 's3' });
    expect(Buffer.from(await (await zoe.get(file.url)).arrayBuffer()).equals(content)).toBe(true);
  });

  it('that nobody completes is aborted', async () => {
    const { id } = await begin('large.txt', 33 * 2 ** 20);
    expect((await zoe.delete(`/api/direct/${id}`)).status).toBe(204);
    const left = [];
    for await (const upload of target.multipart?.list() ?? []) left.push(upload);
    expect(left).toEqual([]);
  });

  it('is the affair of whoever has begun it', async () => {
    const { id } = await begin('a.txt', 5);
    const admin = await started.client(started.admin);
    for (const asked of [
      admin.get(`/api/direct/${id}`),
      admin.delete(`/api/direct/${id}`),
      admin.post(`/api/direct/${id}/complete`),
    ])
      expect(await refusal(asked)).toEqual([404, 'not_found']);
    await zoe.delete(`/api/direct/${id}`);
  });

  it.each(['source', 'prepare'] as const)('is refused in the mode %s', async (given) => {
    mode = given;
    const session = await answer<{ direct: boolean; mode: string }>(zoe.get('/api/session'));
    expect(session).toMatchObject({ direct: false, mode: given });
    expect(
      await refusal(zoe.post('/api/direct', { name: 'a', size: 1, contentType: 'text/plain' })),
    ).toEqual([409, 'not_direct']);
  });
});

describe('a row', () => {
  it('names the store that has its file', async () => {
    const { endpoint, region, credentials } = server;
    const options = { bucket: 'rows', endpoint, region, credentials, forcePathStyle: true };
    const sides = {
      source: new LocalStorageProvider({ root: join(directory, 'rows'), createRoot: true }),
      target: new S3StorageProvider(options),
    };
    let step: Mode = 'source';
    await using storage = new HybridStorageProvider({
      ...sides,
      mode: () => step,
      handedOver: true,
    });
    await using app = await startApp({ storage, sides, mode: () => step });
    const client = await app.client(app.admin);
    const places = [];
    for (step of ['source', 'prepare', 'hybrid', 'target'] as const) {
      const stage = step === 'hybrid' ? 'settled' : step; // it goes there with the next operations
      await expect
        .poll(() => storage.exists('x').then(() => storage.stage), { timeout: 10_000 })
        .toBe(stage);
      const form = client.upload({ [`${step}.txt`]: 'x' });
      const { files, rejected } = await answer<{ files: FileView[]; rejected: unknown[] }>(
        form,
        201,
      );
      expect(rejected).toEqual([]);
      places.push(files[0]?.provider);
    }
    expect(places).toEqual(['local', 'local', 's3', 's3']);
    await answer(client.post('/api/admin/consistency'), 202);
    const checked = () => answer<{ state: string }>(client.get('/api/admin/consistency'));
    await expect.poll(async () => (await checked()).state).toBe('done');
    expect(await checked()).toMatchObject({ counts: {} });
  });
});
