import { createHash, randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { MemoryStorageProvider, readAll, StorageError, streamOf } from '@org/storage-core';
import { expect, it, vi } from 'vitest';
import { type ReceiveUploadsOptions, uploadHandler } from '../../src/index.js';
import { eventually } from '../eventually.js';
import { BOUNDARY, FORM, form, GIF_PAGE, type Part } from './form.js';
import { answerOn, dial, serve } from './site.js';

const MIB = 1024 ** 2;

async function receiving(options: Partial<ReceiveUploadsOptions> = {}) {
  const storage = new MemoryStorageProvider();
  const site = await serve(uploadHandler({ storage, key: () => randomUUID(), ...options }));
  const send = async (
    body: NonNullable<RequestInit['body']>,
    headers: Record<string, string> = {},
  ) => {
    const answer = await fetch(site.origin, { method: 'POST', body, headers });
    return { status: answer.status, text: await answer.text() };
  };
  const sendForm = (parts: readonly Part[]) => send(form(parts), { 'content-type': FORM });
  const stored = async () => {
    const keys: string[] = [];
    for await (const entry of storage.list()) if (entry.type === 'file') keys.push(entry.key);
    return keys;
  };
  return { storage, site, send, sendForm, stored };
}

const file = (content: string | Uint8Array, filename = 'a.bin'): Part => ({ filename, content });

it.each<[string, Part[], number]>([
  ['thousands of tiny files', Array.from({ length: 5000 }, () => file('x')), 413],
  ['one file too many', Array.from({ length: 21 }, () => file('x')), 413],
  [
    'one field too many',
    [file('x'), ...Array.from({ length: 101 }, () => ({ content: 'x' }))],
    413,
  ],
  ['ten thousand fields', Array.from({ length: 10_000 }, () => ({ content: 'x' })), 413],
  [
    'thousands of parts that are nothing',
    Array.from({ length: 5000 }, () => ({ name: '\r', content: '' })),
    413,
  ],
  ['a field beyond its size', [file('x'), { content: 'x'.repeat(70_000) }], 413],
  ['a file beyond its size at the last byte', [file(new Uint8Array(MIB + 1))], 413],
  ['headers beyond their size', [{ name: 'x'.repeat(200_000), filename: 'a', content: 'x' }], 400],
])('takes nothing of %s', async (_, parts, status) => {
  const { sendForm, stored } = await receiving({ limits: { fileSize: MIB } });
  expect((await sendForm(parts)).status).toBe(status);
  expect(await stored()).toEqual([]);
});

it('a file that has its size exactly is stored', async () => {
  const { sendForm, send, stored } = await receiving({ limits: { fileSize: MIB } });
  expect((await sendForm([file(new Uint8Array(MIB))])).status).toBe(201);
  expect((await send(new Uint8Array(MIB))).status).toBe(201);
  expect((await send(new Uint8Array(MIB + 1))).status).toBe(413);
  expect(await stored()).toHaveLength(2);
});

it.each<[string, string, string]>([
  ['no boundary', 'multipart/form-data', `--x\r\n`],
  ['another boundary', 'multipart/form-data; boundary=other', form([file('x')]).toString()],
  [
    'a part without an end',
    FORM,
    `--${BOUNDARY}\r\ncontent-disposition: form-data; name=a\r\n\r\nx`,
  ],
  ['no part', FORM, 'just text'],
  ['nothing', FORM, ''],
])('a form with %s is malformed', async (_, type, body) => {
  const { send, stored } = await receiving();
  expect((await send(body, { 'content-type': type })).status).toBe(400);
  expect(await stored()).toEqual([]);
});

it('a body that never ends is cut off at its limit, and one that announces too much before', async () => {
  for (const type of ['application/octet-stream', FORM]) {
    const { site, stored } = await receiving({ limits: { fileSize: MIB, totalSize: 2 * MIB } });
    const socket = await dial(site);
    const answer = answerOn(socket);
    socket.write(
      `POST / HTTP/1.1\r\nhost: x\r\ncontent-type: ${type}\r\ntransfer-encoding: chunked\r\n\r\n`,
    );
    const head = form([file('')], '')
      .toString()
      .slice(0, -2);
    socket.write(`${head.length.toString(16)}\r\n${head}\r\n`);
    const chunk = Buffer.concat([
      Buffer.from('10000\r\n'),
      Buffer.alloc(65_536),
      Buffer.from('\r\n'),
    ]);
    let sent = 0;
    while (!socket.destroyed) {
      if (socket.writableLength < MIB) {
        socket.write(chunk);
        sent += 65_536;
      }
      await setImmediate();
    }
    expect(await answer).toMatch(/^(HTTP\/1.1 413|$)/); // cut off in the middle, a client may not get to see it
    expect(sent).toBeLessThan(100 * MIB);
    expect(await stored()).toEqual([]);
  }
  const { site } = await receiving();
  const announced = await dial(site);
  const answer = answerOn(announced);
  announced.write(
    `POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: ${2 ** 50}\r\n\r\n`,
  );
  await eventually(() => expect(announced.bytesRead).toBeGreaterThan(0));
  announced.end();
  expect(await answer).toMatch(/^HTTP\/1.1 413/);
});

it.each(['application/octet-stream', FORM])('a client that stalls is cut off: %s', async (type) => {
  const { site, stored } = await receiving({
    limits: { slowest: { bytes: 10_000, within: 400 } },
  });
  const socket = await dial(site);
  const answer = answerOn(socket);
  const whole = form([file('first'), file(new Uint8Array(100_000))]);
  socket.write(
    `POST / HTTP/1.1\r\nhost: x\r\ncontent-type: ${type}\r\nconnection: close\r\ncontent-length: ${whole.length}\r\n\r\n`,
  );
  socket.write(whole.subarray(0, 50_000));
  const drops = setInterval(() => socket.write('x'), 10);
  await eventually(() => expect(socket.bytesRead).toBeGreaterThan(0));
  clearInterval(drops);
  socket.destroy();
  expect(await answer).toMatch(/^HTTP\/1.1 408/);
  expect(await stored()).toEqual([]);
});

it('waiting for the storage is not the client’s fault', async () => {
  const storage = new MemoryStorageProvider();
  const upload = storage.upload.bind(storage);
  vi.spyOn(storage, 'upload').mockImplementation(async (key, body, options) => {
    const chunks = streamOf(body);
    const first = await chunks[Symbol.asyncIterator]().next();
    await new Promise((resolve) => setTimeout(resolve, 200));
    return upload(key, Buffer.concat([first.value, await readAll(chunks)]), {
      contentType: options?.contentType,
    });
  });
  const { send } = await receiving({
    storage,
    limits: { slowest: { bytes: 10 * MIB, within: 100 } },
  });
  expect((await send(new Uint8Array(3 * MIB))).status).toBe(201);
});

it('what is compressed is not stored as something else, nor unpacked', async () => {
  const { send, stored } = await receiving();
  const bomb = gzipSync(Buffer.alloc(10 * MIB));
  expect((await send(bomb, { 'content-encoding': 'gzip' })).status).toBe(415);
  expect(await stored()).toEqual([]);
  const { status, text } = await send(bomb);
  expect(status).toBe(201);
  expect(JSON.parse(text).files).toMatchObject([
    { size: bomb.length, contentType: 'application/gzip' },
  ]);
});

it('a page with the first bytes of an image is an image to all who get it', async () => {
  const { sendForm, storage, stored } = await receiving({ types: ['image/*'] });
  const page: Part = { filename: 'page.html', type: 'text/html', content: GIF_PAGE };
  expect(JSON.parse((await sendForm([page])).text).files).toMatchObject([
    { filename: 'page.gif', contentType: 'image/gif' },
  ]);
  const [key = ''] = await stored();
  expect((await storage.stat(key)).contentType).toBe('image/gif');
});

it.each([
  ['../../x', 'x.txt'],
  ['CON', '_CON.txt'],
  ['a\u202egpj.exe', 'agpj.exe.txt'],
  ['__proto__', '__proto__.txt'],
])('a file called %j becomes %j', async (filename, expected) => {
  const { sendForm } = await receiving();
  const { text } = await sendForm([{ name: '__proto__', content: 'x' }, file('text', filename)]);
  expect(JSON.parse(text).files).toMatchObject([
    { filename: expected.replace('.exe.txt', '.txt') },
  ]);
});

it('what an inspection refuses is not stored, and the next one is', async () => {
  const seen: number[] = [];
  const { sendForm, stored } = await receiving({
    inspect: async (content) => {
      const bytes = await readAll(content);
      seen.push(bytes.byteLength);
      if (bytes.includes('EICAR')) throw new StorageError('AccessDenied', 'a virus');
    },
  });
  const virus = Buffer.concat([Buffer.alloc(MIB), Buffer.from('EICAR')]);
  const { status, text } = await sendForm([file(virus), file('clean'), file('EICAR')]);
  expect(status).toBe(201);
  expect(JSON.parse(text)).toMatchObject({
    files: [{ size: 5 }],
    rejected: [{ code: 'AccessDenied' }, { code: 'AccessDenied' }],
  });
  expect(seen).toEqual([MIB + 5, 5, 5]);
  expect(await stored()).toHaveLength(1);
});

it('no storage gets the last bytes of what is refused, and none could take it for whole', async () => {
  const storage = new MemoryStorageProvider();
  let got = 0;
  vi.spyOn(storage, 'upload').mockImplementation(async (_key, body) => {
    for await (const chunk of streamOf(body) as AsyncIterable<Uint8Array>) got += chunk.byteLength;
    throw new Error('the body has ended well');
  });
  const { send } = await receiving({
    storage,
    inspect: async (content) => {
      await readAll(content);
      throw new StorageError('AccessDenied', 'a virus');
    },
  });
  expect((await send(new Uint8Array(MIB))).status).toBe(403);
  expect(got).toBeLessThan(MIB);
});

it('an inspection need not read all, and is not waited for by one who has gone', async () => {
  const early = await receiving({ inspect: () => {} });
  expect((await early.send(new Uint8Array(3 * MIB))).status).toBe(201);
  let broken: Error | undefined;
  const { site, stored } = await receiving({
    inspect: async (content) => {
      await readAll(content).catch((error: Error) => {
        broken = error;
      });
    },
  });
  const socket = await dial(site);
  socket.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\n');
  socket.write(Buffer.alloc(100_000));
  await eventually(() => expect(socket.writableLength).toBe(0));
  socket.destroy();
  await eventually(() => expect(broken).toBeDefined());
  expect(await stored()).toEqual([]);
});

const sha256 = (content: string | Buffer) => createHash('sha256').update(content).digest('base64');
const right = sha256('content');
const wrong = sha256('other');

it.each<[string, Record<string, string>, number]>([
  ['Content-Digest', { 'content-digest': `sha-256=:${right}:` }, 201],
  ['Content-Digest', { 'content-digest': `sha-256=:${wrong}:` }, 400],
  ['Content-Digest', { 'content-digest': `md5=:abcd:, sha-256=:${wrong}:` }, 400],
  ['Content-Digest', { 'content-digest': 'sha-256=short' }, 400],
  ['Content-Digest', { 'content-digest': 'sha-256=:c2hvcnQ=:' }, 400],
  ['an algorithm that is not known', { 'content-digest': 'md5=:abcd:' }, 201],
  ['Repr-Digest', { 'repr-digest': `sha-256=:${wrong}:` }, 400],
  ['Digest', { digest: `SHA-256=${right}` }, 201],
  ['Digest', { digest: `SHA-256=${wrong}` }, 400],
  ['S3’s SHA-256', { 'x-amz-checksum-sha256': wrong }, 400],
  ['S3’s CRC-32', { 'x-amz-checksum-crc32': 'AAAAAA==' }, 400],
  [
    'two that contradict each other',
    { digest: `sha-256=${right}`, 'x-amz-checksum-sha256': wrong },
    400,
  ],
])('%s of a client is checked: %j', async (_, headers, status) => {
  const { send, stored } = await receiving();
  expect((await send('content', headers)).status).toBe(status);
  expect(await stored()).toHaveLength(status === 201 ? 1 : 0);
});

it('a digest of a form is that of the whole body', async () => {
  const { send, stored } = await receiving();
  const body = form([file('x')]);
  const digest = (base64: string) => ({
    'content-type': FORM,
    'content-digest': `sha-256=:${base64}:`,
  });
  expect((await send(body, digest(wrong))).status).toBe(400);
  expect(await stored()).toEqual([]);
  expect((await send(body, digest(sha256(body)))).status).toBe(201);
});

it.each([{ fileSize: -1 }, { files: Number.NaN }, { slowest: { bytes: 1, within: -1 } }])(
  'limits such as %j are none',
  async (limits) => {
    const { send } = await receiving({ limits });
    expect((await send('x')).status).toBe(400);
  },
);
