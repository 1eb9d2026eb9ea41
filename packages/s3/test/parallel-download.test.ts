import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { readAll } from '@org/storage-core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { piecesOf } from '../src/parallel-ranges.js';
import { bytes } from './content.js';
import { MIB, someKey, useServer } from './store.js';

const setup = useServer();
const content = bytes(20 * MIB);
const options = { downloadConcurrency: 3, downloadPartSize: 4 * MIB } as const;

/** A request is counted when the server is done with it. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await setImmediate();
}

test('the pieces of a range are in order, without gap or overlap, and none is empty or too large', () => {
  const position = fc.nat({ max: 2 ** 46 });
  fc.assert(
    fc.property(position, fc.nat(5_000), fc.integer({ min: 1, max: 700 }), (start, more, size) => {
      const range = { start, end: start + more };
      let next = range.start;
      for (const piece of piecesOf(range, size)) {
        expect(piece.start).toBe(next);
        const length = piece.end - piece.start + 1;
        expect(length).toBe(Math.min(size, range.end - piece.start + 1));
        expect(length).toBeGreaterThan(0);
        next = piece.end + 1;
      }
      expect(next).toBe(range.end + 1);
    }),
  );
});

test('a large file is read in pieces, a small one by one request', async () => {
  const storage = setup.storage(options);
  const sizes = [0, 1, 4 * MIB, 4 * MIB + 1, 8 * MIB, 20 * MIB];
  for (const size of sizes) {
    const key = someKey();
    await storage.upload(key, content.subarray(0, size));
    setup.server.requests.reset();
    const { body } = await storage.download(key);
    expect((await readAll(body)).equals(content.subarray(0, size))).toBe(true);
    const pieces = Math.max(1, Math.ceil(size / (4 * MIB)));
    await until(() => setup.server.requests.count('GetObject') >= pieces);
    expect(setup.server.requests.count('GetObject')).toBe(pieces);
  }
});

test('a body that nobody reads asks for no more pieces than may be in memory', async () => {
  const storage = setup.storage(options);
  const key = someKey();
  await storage.upload(key, content);
  setup.server.requests.reset();
  const { body } = await storage.download(key);
  await once(body, 'readable');
  const quiet = setup.storage();
  for (let i = 0; i < 20; i++) {
    await quiet.exists(key);
    await setImmediate();
  }
  expect(setup.server.requests.count('GetObject')).toBeLessThanOrEqual(3);
  expect((await readAll(body)).equals(content)).toBe(true);
  await until(() => setup.server.requests.count('GetObject') >= 5);
  expect(setup.server.requests.count('GetObject')).toBe(5);
});

test('a body that is destroyed ends the requests that wait for an answer', async () => {
  const key = someKey();
  await setup.storage().upload(key, content);
  const storage = setup.storage({ ...options, maxAttempts: 1 }); // without connections yet
  const before = setup.server.connections;
  const fault = setup.server.faults.add({
    type: 'delay',
    milliseconds: 600_000,
    operation: 'GetObject',
    from: 2,
  });
  const { body } = await storage.download(key);
  body.on('error', () => {});
  body.resume();
  await until(() => fault.hits >= 2);
  expect(setup.server.connections).toBeGreaterThan(before);
  body.destroy();
  await until(() => setup.server.connections <= before);
});

test('a piece that the server does not have as asked for fails the body', async () => {
  const storage = setup.storage(options);
  const key = someKey();
  await storage.upload(key, content);
  setup.server.faults.add({
    type: 'error',
    code: 'AccessDenied',
    operation: 'GetObject',
    from: 3,
  });
  const { body } = await storage.download(key);
  await expect(readAll(body)).rejects.toMatchObject({
    code: 'AccessDenied',
    operation: 'download',
    key,
  });
});

test('options that make no sense are refused', () => {
  const wrong = [
    { downloadConcurrency: 0 },
    { downloadPartSize: 1.5 },
    { downloadAttempts: -1 },
    { downloadConcurrency: 60, maxSockets: 50 },
  ];
  for (const option of wrong) {
    expect(() => setup.storage(option)).toThrow(
      expect.objectContaining({ code: 'InvalidArgument' }),
    );
  }
});
