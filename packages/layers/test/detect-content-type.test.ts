import { Readable } from 'node:stream';
import {
  type Body,
  MemoryStorageProvider,
  readAll,
  type StorageProvider,
  streamOf,
} from '@org/storage-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { detectContentType, layered } from '../src/index.js';

const PNG = Buffer.concat([
  Buffer.from('89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489', 'hex'),
  Buffer.alloc(10_000, 1),
]);
const PDF = Buffer.from('%PDF-1.7\n');
const XML = Buffer.from('<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"/>');
const HTML = Buffer.from('<!doctype html><script>alert(1)</script>');
const SVG = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>');
const TEXT = Buffer.from('just words');
/** An archive whose first file tells nothing about what it is. */
const ZIP = Buffer.from('504b03040a0000000000000000000000000000000000000000000500000061', 'hex');
const OLE = Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(600)]);

function setting() {
  const memory = new MemoryStorageProvider();
  return { memory, provider: layered(memory, detectContentType()) };
}

it.each<[string, Buffer, string]>([
  ['image', PNG, 'image/png'],
  ['image.png', PNG, 'image/png'],
  ['page.html', PNG, 'image/png'],
  ['notes.txt', PDF, 'application/pdf'],
  ['unknown.extension-of-mine', PDF, 'application/pdf'],
  ['notes.txt', TEXT, 'text/plain'],
  ['words', TEXT, 'application/octet-stream'],
  ['empty.css', Buffer.alloc(0), 'text/css'],
  // What a browser could run is never told from the bytes.
  ['notes.txt', HTML, 'text/plain'],
  ['page', HTML, 'application/octet-stream'],
  ['picture.png', SVG, 'image/png'],
  ['drawing.svg', SVG, 'image/svg+xml'],
  ['drawing.svg', XML, 'image/svg+xml'],
  ['notes.txt', XML, 'text/plain'],
  ['picture.png', XML, 'image/png'],
  ['feed.rss', XML, 'application/rss+xml'],
  ['document', XML, 'application/xml'],
  // What is in a container, its name tells.
  ['a.zip', ZIP, 'application/zip'],
  ['a.docx', ZIP, 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'],
  ['a.jar', ZIP, 'application/java-archive'],
  ['a.html', ZIP, 'application/zip'],
  ['a.xul', ZIP, 'application/zip'],
  ['a.xls', OLE, 'application/vnd.ms-excel'],
  ['a.js', OLE, 'application/x-cfb'],
])('%s with those bytes is of the right type', async (key, content, expected) => {
  const { provider, memory } = setting();
  await provider.upload(key, content);
  await provider.upload(`streamed/${key}`, Readable.from([content]));
  expect((await memory.stat(key)).contentType).toBe(expected);
  expect((await memory.stat(`streamed/${key}`)).contentType).toBe(expected);
});

it('what the caller says counts', async () => {
  const { provider, memory } = setting();
  await provider.upload('a', PNG, { contentType: 'text/x-own' });
  expect((await memory.stat('a')).contentType).toBe('text/x-own');
});

it('no byte of a stream is lost or out of order, however it is cut', async () => {
  const { provider, memory } = setting();
  const pieces = fc.array(fc.uint8Array({ maxLength: 5_000 }), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(pieces, fc.boolean(), async (chunks, web) => {
      const body = web
        ? Readable.toWeb(Readable.from(chunks))
        : Readable.from(chunks, { objectMode: false, highWaterMark: 1 });
      await provider.upload('a', body);
      const stored = await readAll((await memory.download('a')).body);
      expect(stored.equals(Buffer.concat(chunks))).toBe(true);
    }),
    { numRuns: 60 },
  );
});

it('an empty stream is no spent one, however late the store reads it', async () => {
  const { memory } = setting();
  const late: StorageProvider = Object.assign(Object.create(memory), {
    capabilities: memory.capabilities,
    async upload(key: string, body: Body) {
      await new Promise((resolve) => setImmediate(resolve));
      return memory.upload(key, body);
    },
  });
  const provider = layered(late, detectContentType());
  expect((await provider.upload('a', Readable.from([], { objectMode: false }))).size).toBe(0);
});

it('bodies that can be sent again stay what they are', async () => {
  const { memory } = setting();
  const bodies: Body[] = [];
  const noting: StorageProvider = Object.assign(Object.create(memory), {
    capabilities: memory.capabilities,
    upload(key: string, body: Body) {
      bodies.push(body);
      return memory.upload(key, body);
    },
  });
  const given = [PNG, 'text', new Blob([PNG])];
  for (const body of given) await layered(noting, detectContentType()).upload('a', body);
  expect(bodies).toHaveLength(3);
  for (const [i, body] of given.entries()) expect(bodies[i]).toBe(body);
});

it('it looks at the beginning only: an endless stream is uploaded as it comes', async () => {
  const { memory } = setting();
  let given = 0;
  const body = new Readable({
    read() {
      given += 1_000;
      this.push(Buffer.alloc(1_000));
    },
  });
  const began: number[] = [];
  const noting: StorageProvider = Object.assign(Object.create(memory), {
    capabilities: memory.capabilities,
    async upload(_: string, stream: Body) {
      began.push(given);
      streamOf(stream).destroy();
      throw new Error('enough');
    },
  });
  await expect(layered(noting, detectContentType()).upload('a', body)).rejects.toThrow('enough');
  expect(began[0]).toBeLessThan(200_000);
  await expect.poll(() => body.destroyed).toBe(true);
});

it('an upload that can’t be is refused before its body gives anything', async () => {
  const { provider } = setting();
  const body = new Readable({ read() {} });
  await expect(provider.upload('a//b', body)).rejects.toMatchObject({
    code: 'InvalidKey',
    operation: 'upload',
    key: 'a//b',
  });
  expect(body.destroyed).toBe(true);
});

it('where the store keeps no content types it does nothing', async () => {
  const memory = new MemoryStorageProvider();
  const options: unknown[] = [];
  const plain: StorageProvider = Object.assign(Object.create(memory), {
    capabilities: { ...memory.capabilities, metadata: 'absent' },
    async upload(_: string, __: Body, given: unknown) {
      options.push(given);
    },
  });
  await layered(plain, detectContentType()).upload('a', PNG);
  expect(options).toEqual([undefined]);
});
