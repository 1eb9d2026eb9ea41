import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { MemoryStorageProvider, readAll, StorageError } from '@org/storage-core';
import { expect, it, vi } from 'vitest';
import {
  type ReceivedUploads,
  type ReceiveUploadsOptions,
  receiveUploads,
  uploadHandler,
} from '../../src/index.js';
import { eventually } from '../eventually.js';
import { FORM, form, GIF_PAGE, PNG } from './form.js';
import { dial, type Site, serve } from './site.js';

const MIB = 1024 ** 2;

type Sent = NonNullable<RequestInit['body']>;

interface Receiving {
  readonly storage: MemoryStorageProvider;
  readonly site: Site;
  /** What became of each request. */
  readonly results: (ReceivedUploads | Error)[];
}

async function receiving(options: Partial<ReceiveUploadsOptions> = {}): Promise<Receiving> {
  const storage = new MemoryStorageProvider();
  const results: (ReceivedUploads | Error)[] = [];
  const key = () => randomUUID();
  const site = await serve(async (request) => {
    try {
      const result = await receiveUploads(request, { storage, key, ...options });
      results.push(result);
      return { status: 200, headers: {} };
    } catch (error) {
      results.push(error as Error);
      return { status: 400, headers: { connection: 'close' } };
    }
  });
  return { storage, site, results };
}

async function post(
  { site, results }: Receiving,
  body: Sent,
  headers: Record<string, string> = {},
) {
  await fetch(site.origin, { method: 'POST', body, headers });
  const result = results.pop();
  if (result === undefined || result instanceof Error) throw result ?? new Error('no result');
  return result;
}

async function keysOf(storage: MemoryStorageProvider): Promise<string[]> {
  const keys: string[] = [];
  for await (const entry of storage.list()) if (entry.type === 'file') keys.push(entry.key);
  return keys;
}

async function contentOf(storage: MemoryStorageProvider, key: string | undefined): Promise<Buffer> {
  return readAll((await storage.download(key ?? '')).body);
}

it('stores the files of a form, with the fields beside them', async () => {
  const set = await receiving();
  const data = new FormData();
  data.append('folder', 'trips/2026');
  data.append('picture', new Blob([PNG], { type: 'text/html' }), 'Ship of Jürgen.png');
  data.append('notes', new Blob(['a word']), 'notes.txt');
  data.append('visibility', 'public');
  const { files, fields, rejected } = await post(set, data);
  expect(rejected).toEqual([]);
  expect([...fields]).toEqual([
    ['folder', 'trips/2026'],
    ['visibility', 'public'],
  ]);
  expect(files).toMatchObject([
    { field: 'picture', filename: 'Ship of Jürgen.png', metadata: { contentType: 'image/png' } },
    { field: 'notes', filename: 'notes.txt', metadata: { contentType: 'text/plain' } },
  ]);
  expect(await contentOf(set.storage, files[0]?.key)).toEqual(PNG);
  expect((await contentOf(set.storage, files[1]?.key)).toString()).toBe('a word');
});

it('stores any other body as one file', async () => {
  const set = await receiving();
  const { files } = await post(set, PNG, {
    'content-type': 'application/octet-stream',
    'content-disposition': "attachment; filename*=UTF-8''%E6%97%A5%E6%9C%AC.html",
  });
  expect(files).toMatchObject([
    { field: '', filename: '日本.png', metadata: { contentType: 'image/png', size: PNG.length } },
  ]);
});

it('stores an empty body and an empty file, but not a field for files that was left empty', async () => {
  const set = await receiving();
  expect((await post(set, '')).files).toMatchObject([{ metadata: { size: 0 } }]);
  const data = form([
    { name: 'left', filename: '', type: 'application/octet-stream', content: '' },
    { name: 'empty', filename: 'empty.txt', content: '' },
  ]);
  const { files, rejected } = await post(set, data, { 'content-type': FORM });
  expect(files).toMatchObject([{ field: 'empty', metadata: { size: 0 } }]);
  expect(rejected).toEqual([]);
});

it('a function for the key is told what is known by then', async () => {
  const key = vi.fn((_: unknown) => 'a');
  const set = await receiving({ key });
  const data = new FormData();
  data.append('folder', 'a');
  data.append('file', new Blob([GIF_PAGE], { type: 'text/html' }), '../../Page.HTML');
  data.append('after', 'b');
  await post(set, data);
  expect(key.mock.calls[0]?.[0]).toEqual({
    field: 'file',
    filename: 'Page.gif',
    extension: 'gif',
    contentType: 'image/gif',
    claimedType: 'text/html',
    fields: new URLSearchParams({ folder: 'a' }),
  });
});

it('a file that is rejected does not keep the others from being stored', async () => {
  const set = await receiving({ types: ['image/*'], limits: { fileSize: 20_000 } });
  const data = new FormData();
  data.append('a', new Blob([PNG]), 'a.png');
  data.append('b', new Blob(['<svg xmlns="http://www.w3.org/2000/svg"/>']), 'b.svg');
  data.append('c', new Blob([PNG, randomBytes(MIB)]), 'c.png');
  data.append('d', new Blob([PNG]), 'd.jpg');
  const { files, rejected } = await post(set, data);
  expect(files.map(({ filename }) => filename)).toEqual(['a.png', 'd.png']);
  expect(rejected).toMatchObject([
    { field: 'b', filename: 'b.svg', reason: 'type', error: { code: 'Unsupported' } },
    { field: 'c', filename: 'c.png', reason: 'size', error: { code: 'TooLarge' } },
  ]);
  expect(await keysOf(set.storage)).toHaveLength(2);
});

it('a key that is taken is not written over', async () => {
  const set = await receiving({ key: () => 'taken' });
  await set.storage.upload('taken', 'mine');
  const { rejected } = await post(set, 'yours');
  expect(rejected).toMatchObject([{ reason: 'other', error: { code: 'AlreadyExists' } }]);
  expect((await contentOf(set.storage, 'taken')).toString()).toBe('mine');
});

it('may write over a key where that is allowed', async () => {
  const set = await receiving({ key: () => 'taken', overwrite: true });
  await set.storage.upload('taken', 'old');
  expect((await post(set, 'new')).files).toHaveLength(1);
  expect((await contentOf(set.storage, 'taken')).toString()).toBe('new');
});

it('a large body goes through piece by piece, byte for byte', async () => {
  const set = await receiving();
  const content = randomBytes(20 * MIB);
  const { files } = await post(set, new Blob([content]));
  const found = await contentOf(set.storage, files[0]?.key);
  expect(createHash('sha256').update(found).digest('hex')).toBe(
    createHash('sha256').update(content).digest('hex'),
  );
});

it('asks whether the client may before a byte is read', async () => {
  const read = vi.fn();
  const set = await receiving({
    authorize: ({ header }) => {
      if (header('authorization') === undefined) throw new StorageError('AccessDenied', 'no');
    },
    onProgress: read,
  });
  await expect(post(set, 'x')).rejects.toMatchObject({ code: 'AccessDenied' });
  expect(read).not.toHaveBeenCalled();
  expect((await post(set, 'x', { authorization: 'yes' })).files).toHaveLength(1);
});

it('stores with a file what it is described by', async () => {
  const set = await receiving({
    describe: ({ fields }) => ({ metadata: { title: fields.get('title') ?? '' } }),
  });
  const data = new FormData();
  data.append('title', 'A ship');
  data.append('file', new Blob(['x']), 'a.txt');
  const { files } = await post(set, data);
  expect(files[0]?.metadata.metadata).toEqual({ title: 'A ship' });
});

it('tells how much has come in', async () => {
  const onProgress = vi.fn();
  const set = await receiving({ onProgress });
  await post(set, new Blob([new Uint8Array(MIB)]));
  expect(onProgress.mock.lastCall).toEqual([{ received: MIB, total: MIB }]);
  expect(onProgress.mock.calls.length).toBeGreaterThan(1);
});

it('a mistake in a function of the application is no rejected file', async () => {
  const set = await receiving({
    key: () => {
      throw new TypeError('a mistake');
    },
  });
  await expect(post(set, 'x')).rejects.toThrow(TypeError);
  await expect(
    post(set, form([{ filename: 'a', content: 'x' }]), { 'content-type': FORM }),
  ).rejects.toThrow(TypeError);
});

it('a client that goes away half-way leaves nothing, of any of its files', async () => {
  const set = await receiving();
  const whole = form([
    { filename: 'first.txt', content: 'stored already' },
    { filename: 'second.bin', content: randomBytes(MIB) },
  ]);
  const socket = await dial(set.site);
  socket.write(
    `POST / HTTP/1.1\r\nhost: x\r\ncontent-type: ${FORM}\r\ncontent-length: ${whole.length}\r\n\r\n`,
  );
  socket.write(whole.subarray(0, 500_000));
  await eventually(async () => expect(await keysOf(set.storage)).toHaveLength(1));
  socket.destroy();
  await eventually(() => expect(set.results).toMatchObject([{ code: 'Aborted' }]));
  expect(await keysOf(set.storage)).toEqual([]);
});

it('a form that breaks off leaves nothing', async () => {
  const set = await receiving();
  const whole = form([
    { filename: 'first.txt', content: 'stored already' },
    { filename: 'second.txt', content: 'x'.repeat(100_000) },
  ]);
  for (const length of [10, 200, 100_000, whole.length - 10]) {
    const sent = post(set, whole.subarray(0, length), { 'content-type': FORM });
    await expect(sent, `${length} bytes`).rejects.toMatchObject({ code: 'InvalidArgument' });
    expect(await keysOf(set.storage)).toEqual([]);
  }
});

it('the storage sets the pace', async () => {
  const set = await receiving();
  let taken = 0;
  let goOn = () => {};
  const held = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  vi.spyOn(set.storage, 'upload').mockImplementation(async (_key, body) => {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      taken += chunk.byteLength;
      await held;
    }
    throw new StorageError('QuotaExceeded', 'full');
  });
  const socket = await dial(set.site);
  const size = 50 * MIB;
  socket.write(`POST / HTTP/1.1\r\nhost: x\r\ncontent-length: ${size}\r\n\r\n`);
  socket.write(Buffer.alloc(size));
  while (taken === 0) await setImmediate();
  const drained = once(socket, 'drain').then(() => true);
  const stuck = async () => {
    for (let i = 0; i < 200; i++) await setImmediate();
    return false;
  };
  expect(await Promise.race([drained, stuck()])).toBe(false);
  expect(taken).toBeLessThan(MIB);
  goOn();
  socket.destroy();
  await eventually(() => expect(set.results).toHaveLength(1));
});

it('the handler tells what became of each file', async () => {
  const storage = new MemoryStorageProvider();
  const site = await serve(
    uploadHandler({ storage, key: () => randomUUID(), types: ['text/plain'] }),
  );
  const send = (body: Sent, headers: Record<string, string> = {}) =>
    fetch(site.origin, { method: 'POST', body, headers });
  const data = new FormData();
  data.append('a', new Blob(['x']), 'a.txt');
  data.append('b', new Blob([PNG]), 'b.txt');
  const answer = await send(data);
  expect(answer.status).toBe(201);
  expect(await answer.json()).toEqual({
    files: [
      {
        key: expect.any(String),
        field: 'a',
        filename: 'a.txt',
        size: 1,
        contentType: 'text/plain',
        etag: expect.any(String),
      },
    ],
    rejected: [{ field: 'b', filename: 'b.png', code: 'Unsupported', reason: 'type' }],
  });
  expect((await send(PNG)).status).toBe(415);
  expect((await send(form([]), { 'content-type': FORM })).status).toBe(400);
  expect((await send('x', { 'content-encoding': 'gzip' })).status).toBe(415);
  expect((await fetch(site.origin)).status).toBe(405);
});
