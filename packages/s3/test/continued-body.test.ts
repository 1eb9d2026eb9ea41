import { getEventListeners } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import { type ResolvedRange, readAll, StorageError } from '@org/storage-core';
import { describe, expect, test } from 'vitest';
import { continuedBody } from '../src/continued-body.js';
import type { RangeSource } from '../src/range-reader.js';
import { bytes } from './content.js';

const content = bytes(1_000);
const whole: ResolvedRange = { start: 0, end: 999 };

/** A source whose further bodies are whole, and that tells which ranges it was asked for. */
function sourceOf(changes: Partial<RangeSource> = {}) {
  const opened: ResolvedRange[] = [];
  const cancel = new AbortController();
  const source: RangeSource = {
    attempts: 3,
    signal: cancel.signal,
    translate: () => new StorageError('Unavailable', 'the connection broke'),
    async open(range) {
      opened.push(range);
      return Readable.from([content.subarray(range.start, range.end + 1)], { objectMode: false });
    },
    ...changes,
  };
  return { source, opened, cancel };
}

/** A body that has given its first bytes, and waits. */
function begun(size: number): PassThrough {
  const first = new PassThrough();
  first.write(content.subarray(0, size));
  return first;
}

describe('a body that breaks', () => {
  const ways: Record<string, (first: PassThrough) => void> = {
    'with an error': (first) => first.destroy(new Error('reset')),
    'by closing': (first) => first.destroy(),
    'by ending early': (first) => first.end(),
  };
  for (const [way, breaks] of Object.entries(ways)) {
    test(`${way} is continued with the byte that is missing`, async () => {
      const { source, opened } = sourceOf();
      const first = begun(300);
      const body = continuedBody(source, whole, first);
      body.once('data', () => breaks(first));
      expect((await readAll(body)).equals(content)).toBe(true);
      expect(opened).toEqual([{ start: 300, end: 999 }]);
    });
  }

  test('is not continued where no attempt is left', async () => {
    const { source, opened } = sourceOf({ attempts: 1 });
    const first = begun(300);
    const body = continuedBody(source, whole, first);
    body.once('data', () => first.destroy(new Error('reset')));
    await expect(readAll(body)).rejects.toThrow('reset');
    expect(opened).toEqual([]);
  });

  test('is not continued after an error that does not pass', async () => {
    const denied = () => new StorageError('AccessDenied', 'no longer');
    const { source, opened } = sourceOf({ translate: denied });
    const first = begun(300);
    const body = continuedBody(source, whole, first);
    body.once('data', () => first.destroy(new Error('denied')));
    await expect(readAll(body)).rejects.toThrow('denied');
    expect(opened).toEqual([]);
  });
});

describe('a signal', () => {
  test('that fires ends a body that waits, which is not continued', async () => {
    const { source, opened, cancel } = sourceOf();
    const body = continuedBody(source, whole, begun(300));
    body.once('data', () => cancel.abort(new Error('enough')));
    await expect(readAll(body)).rejects.toThrow('enough');
    expect(opened).toEqual([]);
  });

  test('that has fired before does so, too', async () => {
    const { source, cancel } = sourceOf();
    cancel.abort(new Error('enough'));
    await expect(readAll(continuedBody(source, whole, begun(300)))).rejects.toThrow('enough');
  });

  test('is let go of at the end', async () => {
    const { source, cancel } = sourceOf();
    const body = continuedBody(source, whole, Readable.from([content], { objectMode: false }));
    expect(getEventListeners(cancel.signal, 'abort')).toHaveLength(1);
    await readAll(body);
    expect(getEventListeners(cancel.signal, 'abort')).toHaveLength(0);
  });
});

test('a reader that does not read holds the first body back', async () => {
  let given = 0;
  const first = new Readable({
    read() {
      given += 1_000;
      this.push(bytes(1_000));
    },
  });
  const body = continuedBody(sourceOf().source, { start: 0, end: 999_999 }, first);
  body.read(1);
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  expect(given).toBeLessThan(100_000);
  body.destroy();
  expect(first.destroyed).toBe(true);
});
