import { getEventListeners, once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import { type ResolvedRange, readAll, StorageError, verifiedStream } from '@org/storage-core';
import { describe, expect, test } from 'vitest';
import { BodyRequests } from '../src/body-requests.js';
import { continuation } from '../src/continued-body.js';
import type { RangeSource } from '../src/range-reader.js';
import { bytes } from './content.js';

const content = bytes(1_000);
const whole: ResolvedRange = { start: 0, end: 999 };

/** A body that begins with `first`, goes on with what the source gives, and ends with the source's signal. */
function continuedBody(source: RangeSource, range: ResolvedRange, first: Readable): Readable {
  const size = range.end - range.start + 1;
  const body = verifiedStream(first, { size }, 'it', undefined, continuation(source, range));
  new BodyRequests().endWith(body, [source.signal]);
  return body;
}

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
    await expect(readAll(body)).rejects.toThrow('aborted');
    expect(opened).toEqual([]);
  });

  test('that has fired before does so, too', async () => {
    const { source, cancel } = sourceOf();
    cancel.abort(new Error('enough'));
    await expect(readAll(continuedBody(source, whole, begun(300)))).rejects.toThrow('aborted');
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

describe('the requests of a body', () => {
  /** A body that waits, and requests that end with it. */
  function waiting() {
    const requests = new BodyRequests();
    const outer = new AbortController();
    const body = begun(300);
    requests.endWith(body, [undefined, outer.signal]);
    return { requests, outer, body };
  }

  test('end with it before its last byte, whether they were asked for before or after', async () => {
    for (const early of [true, false]) {
      const { requests, body } = waiting();
      if (early) expect(requests.signal.aborted).toBe(false);
      await once(body.destroy(), 'close');
      expect(requests.signal.aborted).toBe(true);
    }
  });

  test('end when a signal fires that the body ends with', async () => {
    const { requests, outer, body } = waiting();
    const failure = once(body, 'error');
    outer.abort();
    await failure;
    expect(body.destroyed).toBe(true);
    expect(requests.signal.aborted).toBe(true);
  });

  test('are left alone by a body that was read to its end', async () => {
    const { requests, outer, body } = waiting();
    const { signal } = requests;
    const closed = once(body, 'close');
    body.end().resume();
    await closed;
    outer.abort();
    expect(signal.aborted).toBe(false);
    expect(getEventListeners(outer.signal, 'abort')).toHaveLength(0);
  });
});
