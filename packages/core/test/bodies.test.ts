import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { PassThrough, Readable } from 'node:stream';
import { ReadableStream } from 'node:stream/web';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Body,
  bytesOf,
  discardBody,
  isStorageError,
  lengthOf,
  readAll,
  streamOf,
} from '../src/index.js';

const spent = expect.objectContaining({ code: 'InvalidArgument' });

async function* generate(...chunks: readonly unknown[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield chunk as Uint8Array;
}

function webStream(...chunks: readonly unknown[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk as Uint8Array);
      controller.close();
    },
  });
}

describe('bytesOf and lengthOf', () => {
  it('know what is in memory', () => {
    expect(bytesOf('é')).toEqual(Buffer.from('é'));
    expect(lengthOf('é')).toBe(2);
    expect(lengthOf(new Uint8Array(3))).toBe(3);
    expect(lengthOf(new Blob(['é']))).toBe(2);
    expect(bytesOf(new Blob(['é']))).toBeUndefined();
    for (const stream of [Readable.from([]), webStream(), generate()]) {
      expect(bytesOf(stream)).toBeUndefined();
      expect(lengthOf(stream)).toBeUndefined();
    }
  });

  it('know bytes of another realm', () => {
    const bytes: Uint8Array = runInNewContext('new Uint8Array([1, 2])');
    expect(bytes instanceof Uint8Array).toBe(false);
    expect(bytesOf(bytes)).toBe(bytes);
    expect(lengthOf(bytes)).toBe(2);
  });
});

describe('streamOf', () => {
  it('gives the same bytes for every form', async () => {
    const chunks = fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(chunks, async (parts) => {
        const content = Buffer.concat(parts);
        const forms: readonly Body[] = [
          content,
          new Blob(parts.map((part) => new Uint8Array(part))),
          Readable.from(parts),
          Readable.from(parts, { objectMode: false }),
          webStream(...parts),
          generate(...parts),
          { [Symbol.asyncIterator]: () => generate(...parts) },
        ];
        for (const form of forms) expect(await readAll(streamOf(form))).toEqual(content);
      }),
      { numRuns: 50 },
    );
  });

  it('gives text as UTF-8, from streams of text too', async () => {
    const text = 'Grüße 👋';
    const decoding = new PassThrough().setEncoding('utf8');
    decoding.end(text);
    for (const form of [text, Readable.from([...text]), generate(...text), decoding]) {
      expect((await readAll(streamOf(form))).toString()).toBe(text);
    }
  });

  it('hands a stream of bytes on as it is', () => {
    const stream = new PassThrough();
    expect(streamOf(stream)).toBe(stream);
  });

  it.each([undefined, null, 5, {}, [], [new Uint8Array(1)], new ArrayBuffer(1)])(
    'refuses what is no body',
    (value) => {
      expect(() => streamOf(value as never)).toThrow(spent);
    },
  );

  it.each<[string, Body]>([
    ['Readable', Readable.from([{ a: 1 }])],
    ['generator', generate(5)],
    ['web stream', webStream(new Uint16Array(1))],
  ])('fails for a %s of something else than bytes', async (_, body) => {
    await expect(readAll(streamOf(body))).rejects.toMatchObject({ code: 'InvalidArgument' });
  });

  it('refuses what was read already, or is read by someone else', async () => {
    const ended = Readable.from([Buffer.from('a')]);
    await readAll(ended);
    expect(() => streamOf(ended)).toThrow(spent);
    expect(() => streamOf(new PassThrough().destroy())).toThrow(spent);
    const read = webStream(new Uint8Array(1));
    await readAll(read);
    expect(() => streamOf(read)).toThrow(spent);
    const locked = webStream();
    locked.getReader();
    expect(() => streamOf(locked)).toThrow(spent);
  });

  it('takes a stream that was read in part', async () => {
    const stream = new PassThrough();
    stream.end('abc');
    await once(stream, 'readable');
    expect(stream.read(1)).toEqual(Buffer.from('a'));
    expect((await readAll(streamOf(stream))).toString()).toBe('bc');
  });

  it('fails with the error with which the source fails', async () => {
    const failure = new Error('the source broke off');
    const sources: readonly Body[] = [
      (async function* () {
        yield new Uint8Array(1);
        throw failure;
      })(),
      new ReadableStream({ pull: () => Promise.reject(failure) }),
      Readable.from(
        (function* () {
          yield 'text';
          throw failure;
        })(),
      ),
    ];
    for (const source of sources) await expect(readAll(streamOf(source))).rejects.toBe(failure);
  });

  it('closes at once when it is destroyed, though the source does not answer', async () => {
    let cancelled = 0;
    const never = () => new Promise<never>(() => {});
    const sources: readonly Body[] = [
      (async function* () {
        yield new Uint8Array(1);
        await never();
      })(),
      new ReadableStream({
        pull: never,
        cancel() {
          cancelled++;
          return never();
        },
      }),
      {
        [Symbol.asyncIterator]: () => ({
          next: never,
          return() {
            cancelled++;
            return never();
          },
        }),
      },
    ];
    for (const source of sources) {
      const stream = streamOf(source);
      stream.resume();
      await new Promise((resolve) => setImmediate(resolve));
      const closed = once(stream, 'close');
      stream.destroy();
      await closed;
    }
    expect(cancelled).toBe(2);
  });

  it('lets go of a source that it destroyed, and not of one that has ended', async () => {
    let returned = 0;
    const source = (chunks: number): AsyncIterable<Uint8Array> => ({
      [Symbol.asyncIterator]() {
        let left = chunks;
        return {
          next: async () =>
            left-- > 0
              ? { done: false, value: new Uint8Array(1) }
              : { done: true, value: undefined },
          async return() {
            returned++;
            return { done: true, value: undefined };
          },
        };
      },
    });
    await readAll(streamOf(source(3)));
    expect(returned).toBe(0);
    for await (const _ of streamOf(source(3))) break;
    expect(returned).toBe(1);
  });

  it('destroys a stream of text with the stream that it makes of it', async () => {
    const text = Readable.from(['a', 'b']);
    const stream = streamOf(text);
    expect(stream).not.toBe(text);
    stream.destroy();
    await once(stream, 'close');
    expect(text.destroyed).toBe(true);
  });
});

describe('discardBody', () => {
  it('destroys a Readable, and its error ends nothing', async () => {
    const missing = createReadStream('/there/is/no/such/file');
    discardBody(missing);
    expect(missing.destroyed).toBe(true);
    await new Promise<void>((resolve) => missing.once('close', () => resolve()));
  });

  it('cancels a web stream, and leaves one that is locked to its reader', async () => {
    let cancelled = false;
    const stream = new ReadableStream<Uint8Array>({
      cancel() {
        cancelled = true;
      },
    });
    discardBody(stream);
    expect(cancelled).toBe(true);
    const locked = webStream(Buffer.from('a'));
    const reader = locked.getReader();
    discardBody(locked);
    expect(await reader.read()).toMatchObject({ done: false });
  });

  it.each(['text', new Uint8Array(1), new Blob([]), null, undefined, 5])(
    'takes what needs no care',
    (body) => {
      expect(() => discardBody(body as never)).not.toThrow();
    },
  );

  it('listens once, however often it is called', () => {
    const stream = new PassThrough();
    for (let i = 0; i < 20; i++) discardBody(stream);
    expect(stream.listenerCount('error')).toBe(1);
  });
});

describe('readAll', () => {
  it('fails as its stream does', async () => {
    const failing = readAll(streamOf(generate({})));
    await expect(failing).rejects.toSatisfy((error) => isStorageError(error, 'InvalidArgument'));
  });
});
