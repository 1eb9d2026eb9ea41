import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readAll, StorageError, streamOf } from '@org/storage-core';
import { HybridStorageProvider } from '@org/storage-hybrid';
import { LocalStorageProvider } from '@org/storage-local';
import { S3StorageProvider } from '@org/storage-s3';
import { type S3Server, startS3Server } from '@org/storage-testkit/s3-server';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { UPLOADS } from '../../src/server/files/upload-prefix.js';
import { type StartedApp, startApp } from '../app.js';
import { type Client, refusal } from '../client.js';

let directory: string;
let server: S3Server;
let started: StartedApp;
let target: S3StorageProvider;
let zoe: Client;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'reference-departed-'));
  server = await startS3Server({ buckets: ['files'] });
  const { endpoint, region, credentials } = server;
  const source = new LocalStorageProvider({ root: join(directory, 'files'), createRoot: true });
  target = new S3StorageProvider({ bucket: 'files', server: 'aws', endpoint, region, credentials });
  const mode = () => 'hybrid' as const;
  const storage = new HybridStorageProvider({ source, target, mode, handedOver: true });
  started = await startApp({ storage, sides: { source, target }, mode, bucket: 'files' });
  zoe = await started.client(started.user);
});

afterEach(() => {
  vi.restoreAllMocks();
});

afterAll(async () => {
  await started.close();
  await started.storage.close();
  await server.close();
  await rm(directory, { recursive: true, force: true });
});

/** Sends a request, and is gone as soon as the application is at it. Returns when the application has seen that. */
async function departing(lines: readonly string[], body: string, at: Promise<void>): Promise<void> {
  const { hostname, port } = new URL(started.origin);
  const accepted: Promise<Socket[]> = once(started.app.server, 'connection');
  const socket = connect(Number(port), hostname).on('error', () => {});
  const credentials = [`Cookie: ${zoe.cookie}`, `X-CSRF-Token: ${zoe.csrfToken}`];
  socket.write([...lines, 'Host: a', ...credentials, '', body].join('\r\n'));
  const [other] = await accepted;
  await at;
  socket.destroy();
  if (other?.closed === false) await new Promise((resolve) => other.once('close', resolve));
}

/** Lets nobody through until it is let go. */
function gate() {
  let reached = () => {};
  let open = () => {};
  const isReached = new Promise<void>((resolve) => {
    reached = resolve;
  });
  const isOpen = new Promise<void>((resolve) => {
    open = resolve;
  });
  const pass = async () => {
    reached();
    await isOpen;
  };
  return { isReached, open, pass };
}

async function keysOfUploads(): Promise<string[]> {
  const keys: string[] = [];
  for await (const entry of started.storage.list({ prefix: UPLOADS })) {
    if (entry.type === 'file') keys.push(entry.key);
  }
  return keys;
}

const unfinished = () => started.database.db.selectFrom('unfinished_files').selectAll().execute();

const CREATE = ['POST /api/tus HTTP/1.1', 'Tus-Resumable: 1.0.0', 'Upload-Length: 6000'];

it('an upload whose client goes before he is told of it is removed', async () => {
  const { isReached, open, pass } = gate();
  const upload = started.storage.upload.bind(started.storage);
  let stored = 0;
  vi.spyOn(started.storage, 'upload').mockImplementation(async (...given) => {
    await pass();
    const metadata = await upload(...given);
    stored += 1;
    return metadata;
  });
  await departing([...CREATE, 'Content-Length: 0'], '', isReached);
  open();
  await expect.poll(() => stored).toBe(1);
  await expect.poll(keysOfUploads).toEqual([]);
});

it('and so is one that came with its first bytes, when those are stored', async () => {
  const reached = gate();
  const upload = started.storage.upload.bind(started.storage);
  let segments = 0;
  const stored = gate();
  vi.spyOn(started.storage, 'upload').mockImplementation(async (key, body, options) => {
    if (!key.includes('/data-')) return upload(key, body, options);
    reached.open();
    const content = await readAll(streamOf(body));
    await stored.pass();
    const metadata = await upload(key, content, options);
    segments += 1;
    return metadata;
  });
  const type = 'Content-Type: application/offset+octet-stream';
  const first = 'x'.repeat(5_000);
  await departing([...CREATE, type, 'Content-Length: 6000'], first, reached.pass());
  await stored.isReached;
  await sleep(200); // in which it would be removed too soon
  stored.open();
  await expect.poll(() => segments).toBe(1);
  await expect.poll(keysOfUploads).toEqual([]);
});

it('one that he was told of is kept', async () => {
  const headers = { 'tus-resumable': '1.0.0', 'upload-length': '1000' };
  const created = await zoe.send('/api/tus', { method: 'POST', headers });
  expect(created.status).toBe(201);
  const location = created.headers.get('location') ?? '';
  expect((await zoe.send(location, { method: 'HEAD', headers })).status).toBe(200);
  expect(await keysOfUploads()).toHaveLength(1);
});

const SIZES = [
  ['of one request', 5],
  ['in parts', 40 * 2 ** 20],
] as const;

const announced = (size: number) => ({ name: 'a.txt', size, contentType: 'text/plain' });

it.each(SIZES)('a direct upload %s is given up where its client has gone', async (_, size) => {
  const { isReached, open, pass } = gate();
  const create = target.createUploadTicket.bind(target);
  let tickets = 0;
  vi.spyOn(target, 'createUploadTicket').mockImplementation(async (...given) => {
    await pass();
    const ticket = await create(...given);
    tickets += 1;
    return ticket;
  });
  const body = JSON.stringify(announced(size));
  const length = `Content-Length: ${body.length}`;
  const lines = ['POST /api/direct HTTP/1.1', 'Content-Type: application/json', length];
  await departing(lines, body, isReached);
  expect(await unfinished()).toHaveLength(1);
  open();
  await expect.poll(() => tickets).toBe(1);
  await expect.poll(unfinished).toEqual([]);
  const left = [];
  for await (const upload of target.multipart.list()) left.push(upload);
  expect(left).toEqual([]);
});

it('a direct upload for which there is no ticket leaves nothing', async () => {
  vi.spyOn(target, 'createUploadTicket').mockRejectedValue(new StorageError('Unavailable', 'away'));
  expect(await refusal(zoe.post('/api/direct', announced(5)))).toEqual([503, 'unavailable']);
  expect(await unfinished()).toEqual([]);
});
