import { once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import { StorageError } from '@org/storage-core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Source } from '../src/source.js';
import { bytes, chunksOf, failing, stalling, streamed } from './content.js';

/** All that is left of a source, by reads of up to `limit` bytes each. */
async function readInSteps(source: Source, limit: number): Promise<Buffer[]> {
  const steps: Buffer[] = [];
  for (;;) {
    const step: Uint8Array[] = [];
    let size = 0;
    await source.read((chunk) => {
      const fitting = chunk.subarray(0, limit - size);
      step.push(fitting);
      size += fitting.byteLength;
      if (fitting.byteLength < chunk.byteLength) source.putBack(chunk.subarray(fitting.byteLength));
      return size < limit;
    });
    if (size === 0) return steps;
    steps.push(Buffer.concat(step));
  }
}

test('a body is read in any steps, each byte once and in order', async () => {
  const chunks = fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 20 });
  const kinds = fc.constantFrom<(chunks: Uint8Array[]) => Readable>(
    (given) => Readable.from(given, { objectMode: false }),
    (given) => {
      const stream = new PassThrough({ highWaterMark: 10 });
      for (const chunk of given) stream.write(chunk);
      return stream.end();
    },
  );
  await fc.assert(
    fc.asyncProperty(chunks, kinds, fc.integer({ min: 1, max: 80 }), async (given, of, limit) => {
      const content = Buffer.concat(given);
      const steps = await readInSteps(new Source(of(given)), limit);
      expect(Buffer.concat(steps).equals(content)).toBe(true);
      expect(steps.slice(0, -1).every(({ byteLength }) => byteLength === limit)).toBe(true);
    }),
  );
});

test('what has no more bytes than the limit is had whole; of a larger body nothing is gone', async () => {
  const content = bytes(300_000);
  for (const limit of [300_000, 300_001]) {
    const whole = await new Source(streamed(content)).whole(limit);
    expect(whole?.equals(content)).toBe(true);
  }
  const source = new Source(streamed(content));
  for (const limit of [0, 70_000, 299_999]) expect(await source.whole(limit)).toBeUndefined();
  expect((await source.whole(300_000))?.equals(content)).toBe(true);
  expect(await source.next()).toBeUndefined();
});

test('a body of a great many small chunks is had whole, and put back', async () => {
  const chunk = Buffer.from('abc');
  const count = 300_000;
  const source = new Source(Readable.from(new Array(count).fill(chunk), { objectMode: false }));
  expect(await source.whole(count)).toBeUndefined();
  expect((await source.whole(3 * count))?.byteLength).toBe(3 * count);
});

test('nothing is read before it is wanted, and no more than wanted', async () => {
  let made = 0;
  const body = Readable.from(
    (function* () {
      for (; made < 1_000; made++) yield bytes(10_000);
    })(),
    { objectMode: false, highWaterMark: 20_000 },
  );
  const source = new Source(body);
  await new Promise((resolve) => setImmediate(resolve));
  expect(made).toBe(0);
  await source.next();
  await new Promise((resolve) => setImmediate(resolve));
  expect(made).toBeLessThan(6);
  source.stop(new Error('enough'));
});

test('a read that waits is ended at once, and so are those to come', async () => {
  const { body, drained } = stalling(bytes(10));
  const source = new Source(body);
  const reading = source.whole(100);
  await drained;
  const reason = new Error('enough');
  source.stop(reason);
  await expect(reading).rejects.toBe(reason);
  await expect(source.next()).rejects.toBe(reason);
  expect(body.destroyed).toBe(true);
});

test('what a reader throws ends its read', async () => {
  const source = new Source(streamed(bytes(10)));
  const failure = new Error('no room');
  const reading = source.read(() => {
    throw failure;
  });
  await expect(reading).rejects.toBe(failure);
});

describe('a body that breaks', () => {
  const conflict = new StorageError('Conflict', 'it was written to');
  const broken: Record<string, { body: () => Readable; error: object }> = {
    'with a StorageError': {
      body: () => failing(bytes(100_000), conflict),
      error: { code: 'Conflict' },
    },
    'with another error': {
      body: () => failing(bytes(100_000), new Error('read EIO')),
      error: { code: 'Unknown', message: expect.stringContaining('read EIO') },
    },
    'before it was read': {
      body: () => new PassThrough().on('error', () => {}).destroy(new Error('read EIO')),
      error: { code: 'Unknown', message: expect.stringContaining('read EIO') },
    },
  };
  for (const [how, { body, error }] of Object.entries(broken)) {
    test(`${how} fails the read, and those to come`, async () => {
      const source = new Source(body());
      await expect(source.whole(1_000_000)).rejects.toMatchObject(error);
      await expect(source.next()).rejects.toMatchObject(error);
    });
  }

  test('without an error is not taken for one that ended', async () => {
    const body = new PassThrough();
    body.write('abc');
    const source = new Source(body);
    const reading = source.whole(100);
    await once(body, 'data');
    body.destroy();
    await expect(reading).rejects.toMatchObject({
      code: 'Unknown',
      cause: { code: 'ERR_STREAM_PREMATURE_CLOSE' },
    });
  });
});

test('a body that somebody else listens to is read whole, and stopped', async () => {
  const content = bytes(300_000);
  const heard = streamed(content).on('readable', () => {});
  expect((await new Source(heard).whole(300_000))?.equals(content)).toBe(true);
  const { body, drained } = stalling(bytes(10));
  const source = new Source(body.on('readable', () => {}));
  const reading = source.whole(100);
  await drained;
  source.stop(new Error('enough'));
  await expect(reading).rejects.toThrow('enough');
  expect(body.destroyed).toBe(true);
});

test('text that a body was told to give while it was read is bytes again', async () => {
  const body = new PassThrough();
  const source = new Source(body);
  body.setEncoding('hex').end('ä');
  expect(await source.whole(100)).toEqual(Buffer.from('ä'));
});

test('a source is iterated over chunk by chunk', async () => {
  const content = bytes(300_000);
  const chunks: Uint8Array[] = [];
  for await (const chunk of new Source(streamed(content))) chunks.push(chunk);
  expect(chunks).toHaveLength([...chunksOf(content)].length);
  expect(Buffer.concat(chunks).equals(content)).toBe(true);
});
