import { Readable } from 'node:stream';
import {
  type Body,
  MemoryStorageProvider,
  readAll,
  type StorageProvider,
  type UploadOptions,
} from '@org/storage-core';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type BandwidthLimitOptions, bandwidthLimit, layered } from '../src/index.js';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});

afterEach(() => {
  vi.useRealTimers();
});

const KIB = 1024;
const SIZE = 100 * KIB;

async function setting(options: BandwidthLimitOptions) {
  const memory = new MemoryStorageProvider();
  await memory.upload('a', Buffer.alloc(SIZE, 7));
  const limit = bandwidthLimit(options);
  return { memory, limit, provider: layered(memory, limit) };
}

/** Lets a second and more pass in small steps, so that streams keep up with the clock. */
async function pass(milliseconds: number): Promise<void> {
  for (let passed = 0; passed < milliseconds; passed += 10) {
    await vi.advanceTimersByTimeAsync(10);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Counts what is read of a body. */
function counted(body: Readable) {
  const read = { bytes: 0, ended: false };
  body.on('data', (chunk: Buffer) => {
    read.bytes += chunk.byteLength;
  });
  body.on('end', () => {
    read.ended = true;
  });
  return read;
}

it('a download takes as long as the rate says', async () => {
  const { provider } = await setting({ download: 20 * KIB });
  const read = counted((await provider.download('a')).body);
  await pass(2_500);
  expect(read.bytes).toBeGreaterThan(48 * KIB);
  expect(read.bytes).toBeLessThan(54 * KIB);
  await pass(2_500);
  expect(read).toEqual({ bytes: SIZE, ended: true });
  expect(vi.getTimerCount()).toBe(0);
});

it.each<[string, () => Body]>([
  ['bytes', () => Buffer.alloc(SIZE, 7)],
  ['text', () => 'x'.repeat(SIZE)],
  ['a Blob', () => new Blob(['x'.repeat(SIZE)])],
  ['a stream', () => Readable.from([Buffer.alloc(SIZE, 7)])],
])('an upload of %s takes as long as the rate says', async (_, body) => {
  const { provider, memory } = await setting({ upload: 50 * KIB });
  let told = 0;
  const upload = provider.upload('b', body(), {
    onProgress: (bytes) => {
      told = bytes;
    },
  });
  await pass(1_000);
  expect(told).toBeGreaterThan(45 * KIB);
  expect(told).toBeLessThan(60 * KIB);
  await pass(1_000);
  await upload;
  expect((await memory.stat('b')).size).toBe(SIZE);
});

it('transfers share the rate evenly, a late one too', async () => {
  const { provider } = await setting({ download: 20 * KIB });
  const one = counted((await provider.download('a')).body);
  await pass(1_000);
  const before = one.bytes;
  const two = counted((await provider.download('a')).body);
  await pass(2_000);
  const share = one.bytes - before;
  expect(share + two.bytes).toBeLessThan(44 * KIB);
  expect(Math.abs(share - two.bytes)).toBeLessThan(4 * KIB);
});

it('a new limit holds at once, for what is under way too', async () => {
  const { provider, limit } = await setting({ download: KIB });
  const read = counted((await provider.download('a')).body);
  await pass(1_000);
  expect(read.bytes).toBeLessThan(4 * KIB);
  limit.download = 50 * KIB;
  expect(limit.download).toBe(50 * KIB);
  await pass(1_000);
  expect(read.bytes).toBeGreaterThan(45 * KIB);
  expect(read.ended).toBe(false);
  limit.download = undefined;
  expect(limit.download).toBeUndefined();
  await pass(10);
  expect(read).toEqual({ bytes: SIZE, ended: true });
});

it('a body that is destroyed while it waits takes nothing from the others', async () => {
  const { provider } = await setting({ download: 10 * KIB });
  const { body } = await provider.download('a');
  body.on('data', () => {});
  await pass(100);
  body.destroy();
  await pass(10);
  expect(vi.getTimerCount()).toBe(0);
  const read = counted((await provider.download('a')).body);
  await pass(1_000);
  expect(read.bytes).toBeGreaterThan(9 * KIB);
});

it('a reader that does not read holds the source back', async () => {
  const { memory } = await setting({});
  const total = 10_000 * KIB;
  await memory.upload('large', Buffer.alloc(total));
  let pulled = 0;
  const pulling: StorageProvider = Object.assign(Object.create(memory), {
    async download(key: string) {
      const download = await memory.download(key);
      const source = download.body;
      const body = Readable.from(
        (async function* () {
          for await (const chunk of source as AsyncIterable<Buffer>) {
            pulled += chunk.byteLength;
            yield chunk;
          }
        })(),
        { objectMode: false },
      );
      return { ...download, body };
    },
  });
  const provider = layered(pulling, bandwidthLimit({ download: 1_000_000 * KIB }));
  const { body } = await provider.download('large');
  await pass(500);
  expect(pulled).toBeLessThan(1_000 * KIB);
  expect((await readAll(body)).byteLength).toBe(total);
});

it('bytes in memory keep their length, and what is not limited is passed on as it is', async () => {
  const { memory } = await setting({});
  const uploads: [Body, UploadOptions | undefined][] = [];
  const noting: StorageProvider = Object.assign(Object.create(memory), {
    upload(key: string, body: Body, options?: UploadOptions) {
      uploads.push([body, options]);
      return memory.upload(key, body, options);
    },
  });
  const limit = bandwidthLimit();
  const provider = layered(noting, limit);
  await provider.upload('b', 'some text');
  expect(uploads.pop()).toEqual(['some text', undefined]);
  limit.upload = 1_000_000;
  await provider.upload('b', 'Grüße', { contentType: 'text/x-own' });
  const [body, options] = uploads.pop() ?? [];
  expect(body).toBeInstanceOf(Readable);
  expect(options).toEqual({ contentType: 'text/x-own', contentLength: 7 });
});

it('limits are checked', () => {
  for (const upload of [0, -1, Number.NaN])
    expect(() => bandwidthLimit({ upload })).toThrow(/upload/);
  const limit = bandwidthLimit();
  expect(() => {
    limit.download = 0;
  }).toThrow(expect.objectContaining({ code: 'InvalidArgument' }));
});
