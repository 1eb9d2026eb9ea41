import { Readable } from 'node:stream';
import { Crc64Nvme } from '@org/storage-core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ContentPart, ContentParts } from '../src/content-parts.js';
import { PartMemory } from '../src/part-memory.js';
import { MAX_PARTS } from '../src/part-size.js';
import { Source } from '../src/source.js';
import { bytes, checksumsOf, streamed } from './content.js';

/** All parts, with bytes of their own. */
async function partsOf(parts: ContentParts, partSize: number): Promise<ContentPart[]> {
  const memory = new PartMemory(partSize);
  const found: ContentPart[] = [];
  for (;;) {
    const part = await parts.next(memory);
    if (part === undefined) return found;
    found.push({ ...part, bytes: Buffer.from(part.bytes) });
  }
}

const crc64nvmeOf = (content: Uint8Array) => new Crc64Nvme().update(content).digest();

test('parts are the content, each byte once, all but the last of one size, with their checksums', async () => {
  const chunks = fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 20 });
  const partSizes = fc.integer({ min: 1, max: 120 });
  await fc.assert(
    fc.asyncProperty(chunks, partSizes, fc.boolean(), async (given, partSize, inMemory) => {
      const content = Buffer.concat(given);
      const body = Readable.from(given, { objectMode: false });
      const expected = {
        size: content.byteLength,
        checksums: { ...checksumsOf(content), crc64nvme: crc64nvmeOf(content) },
      };
      const source = inMemory ? content : new Source(body);
      const parts = new ContentParts(source, partSize, expected, 'it', []);
      const found = await partsOf(parts, partSize);
      expect(Buffer.concat(found.map((part) => part.bytes)).equals(content)).toBe(true);
      expect(found.map((part) => part.number)).toEqual(found.map((_, index) => index + 1));
      for (const part of found) {
        if (part !== found.at(-1)) expect(part.bytes.byteLength).toBe(partSize);
        const { crc32 } = checksumsOf(part.bytes);
        expect(part.checksums).toEqual({ crc32, crc64nvme: crc64nvmeOf(part.bytes) });
      }
      expect(parts.seen).toEqual(expected);
    }),
  );
});

test('what a content turned out to be is known after its last part, by the checksums that were asked for', async () => {
  const content = bytes(300_000);
  const { crc32, sha256 } = checksumsOf(content);
  const seenBy = async (also: ('sha256' | 'crc64nvme')[]) => {
    const parts = new ContentParts(new Source(streamed(content)), 100_000, {}, 'it', also);
    const memory = new PartMemory(100_000);
    for (let number = 1; number <= 3; number++) {
      expect(await parts.next(memory)).toMatchObject({ number });
      expect(parts.seen).toBeUndefined();
    }
    for (let more = 0; more < 2; more++) expect(await parts.next(memory)).toBeUndefined();
    return parts.seen;
  };
  const size = content.byteLength;
  expect(await seenBy([])).toEqual({ size, checksums: { crc32 } });
  expect(await seenBy(['sha256'])).toEqual({ size, checksums: { crc32, sha256 } });
  const crc64nvme = crc64nvmeOf(content);
  expect(await seenBy(['crc64nvme'])).toEqual({ size, checksums: { crc32, crc64nvme } });
});

test('what is not the expected content has no end, however often it is asked for', async () => {
  const content = bytes(300_000);
  const { crc32, sha256 } = checksumsOf(content);
  const wrong = [
    { size: 299_999 },
    { size: 300_001 },
    { checksums: { crc32: '00000000', sha256 } },
    { checksums: { crc32, sha256: '0'.repeat(64) } },
    { checksums: { crc64nvme: '0'.repeat(16) } },
  ];
  for (const expected of wrong) {
    for (const body of [content, new Source(streamed(content))]) {
      const parts = new ContentParts(body, 100_000, expected, 'it', []);
      await expect(partsOf(parts, 100_000)).rejects.toMatchObject({ code: 'ChecksumMismatch' });
      await expect(partsOf(parts, 100_000)).rejects.toMatchObject({ code: 'ChecksumMismatch' });
      expect(parts.seen).toBeUndefined();
    }
  }
});

test('a content that is longer than announced is read no further than shows it', async () => {
  let made = 0;
  const long = (function* () {
    for (; made < 2_000_000; made += 1_000) yield bytes(1_000);
  })();
  const source = new Source(Readable.from(long, { objectMode: false, highWaterMark: 1 }));
  const parts = new ContentParts(source, 1_000_000, { size: 5_000 }, 'it', []);
  await expect(partsOf(parts, 1_000_000)).rejects.toMatchObject({ code: 'ChecksumMismatch' });
  expect(made).toBeLessThan(10_000);
  source.stop(new Error('enough'));
});

test('those who ask at the same time get parts in the order they asked in', async () => {
  const content = bytes(350_000);
  const parts = new ContentParts(new Source(streamed(content)), 100_000, {}, 'it', []);
  const asked = Array.from({ length: 6 }, () => parts.next(new PartMemory(100_000)));
  const found = await Promise.all(asked);
  expect(found.map((part) => part?.number)).toEqual([1, 2, 3, 4, undefined, undefined]);
  expect(Buffer.concat(found.map((part) => part?.bytes ?? Buffer.alloc(0))).equals(content)).toBe(
    true,
  );
});

test('a stream of unknown length ends where its parts do', async () => {
  const consume = async (size: number) => {
    const chunks = [Buffer.alloc(size - 5_000), Buffer.alloc(5_000)];
    const source = new Source(Readable.from(chunks, { objectMode: false }));
    const parts = new ContentParts(source, 10, {}, 'it', []);
    await partsOf(parts, 10);
    return parts.seen?.size;
  };
  expect(await consume(10 * MAX_PARTS)).toBe(10 * MAX_PARTS);
  await expect(consume(10 * MAX_PARTS + 1)).rejects.toMatchObject({ code: 'TooLarge' });
});

describe('the memory of a part', () => {
  test('is used again, and is that of the part alone', async () => {
    const content = bytes(350_000);
    const parts = new ContentParts(new Source(streamed(content)), 100_000, {}, 'it', []);
    const memory = new PartMemory(100_000);
    const buffers = new Set<unknown>();
    for (let part = await parts.next(memory); part; part = await parts.next(memory)) {
      buffers.add(part.bytes.buffer);
      expect(part.bytes.buffer.byteLength).toBe(100_000);
    }
    expect(buffers.size).toBe(1);
  });

  test('is not needed for a content in memory', async () => {
    const content = bytes(350_000);
    const part = await new ContentParts(content, 100_000, {}, 'it', []).next(
      new PartMemory(100_000),
    );
    expect(part?.bytes.buffer).toBe(content.buffer);
  });

  test('grows with the part, however large that may become', () => {
    const MIB = 1024 ** 2;
    const memory = new PartMemory(5 * 1024 * MIB);
    const chunk = bytes(10 * MIB);
    expect(memory.add(chunk)).toBe(10 * MIB);
    expect(memory.bytes.buffer.byteLength).toBeLessThan(100 * MIB);
    for (let i = 1; i < 10; i++) memory.add(chunk);
    expect(memory.size).toBe(100 * MIB);
    for (let i = 0; i < 10; i++) {
      const start = i * chunk.byteLength;
      expect(chunk.equals(memory.bytes.subarray(start, start + chunk.byteLength))).toBe(true);
    }
  });
});
