import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { ReadableStream } from 'node:stream/web';
import type { Body } from '@org/storage-core';
import { bytes, pieces, streamOfBytes } from './content.js';
import { assertAbsent, assertFile, assertNoLeftovers, rejected } from './expectations.js';
import type { ConformanceCase, ConformanceContext } from './harness.js';

type Form = (content: Buffer) => Body;

const BINARY_FORMS: Readonly<Record<string, Form>> = {
  'a Uint8Array': (content) => new Uint8Array(content),
  'a Buffer': (content) => Buffer.from(content),
  'a view into a larger buffer': (content) => {
    const around = Buffer.concat([Buffer.from('before'), content, Buffer.from('after')]);
    return new Uint8Array(around.buffer, around.byteOffset + 6, content.byteLength);
  },
  'a Readable': streamOfBytes,
  'a Readable in object mode': (content) => Readable.from(pieces(content)),
  'a web ReadableStream': (content) => webStream(pieces(content)),
  'an async generator': (content) => generate(pieces(content)),
  'an async iterable that is no generator': (content) => ({
    [Symbol.asyncIterator]: () => generate(pieces(content)),
  }),
  'a Blob': (content) => new Blob([new Uint8Array(content)]),
};

const SIZES: Readonly<Record<string, (context: ConformanceContext) => number>> = {
  'no bytes': () => 0,
  'one byte': () => 1,
  'some kilobytes': () => 70_001,
  'a large file': ({ largeFileBytes }) => largeFileBytes,
};

const TEXT = 'Grüße, 日本 and 👋🏽\u0000\n';

async function storesEach(context: ConformanceContext, body: Body, content: Buffer) {
  const stored = await context.settled(context.provider.upload('a file', body), 'the upload');
  assert.equal(stored.size, content.byteLength, 'size of what the upload returned');
  await assertFile(context, 'a file', content);
  await assertNoLeftovers(context);
}

export const bodyCases: readonly ConformanceCase[] = [
  ...Object.entries(BINARY_FORMS).flatMap(([form, body]) =>
    Object.entries(SIZES).map(([sizeName, sizeOf]) => ({
      name: `${form} of ${sizeName} is stored as it is`,
      async run(context: ConformanceContext) {
        const content = bytes(sizeOf(context));
        await storesEach(context, body(content), content);
      },
    })),
  ),
  {
    name: 'a string is stored as UTF-8',
    run: (context) => storesEach(context, TEXT, Buffer.from(TEXT, 'utf8')),
  },
  {
    name: 'an empty string is an empty file',
    run: (context) => storesEach(context, '', Buffer.alloc(0)),
  },
  {
    name: 'a Readable of strings is stored as UTF-8',
    async run(context) {
      const text = [...TEXT];
      await storesEach(context, Readable.from(text), Buffer.from(TEXT, 'utf8'));
    },
  },
  {
    name: 'ten thousand chunks of one byte, with empty ones between, are one file',
    async run(context) {
      const content = bytes(10_000);
      const chunks = function* () {
        for (const chunk of pieces(content, 1)) yield* [chunk, new Uint8Array(0)];
      };
      await storesEach(context, generate(chunks()), content);
    },
  },
  {
    name: 'the bytes that were handed over are not changed',
    async run(context) {
      const body = bytes(70_001);
      await context.provider.upload('a file', body);
      assert.ok(body.equals(bytes(70_001)), 'the body was changed');
    },
  },
  {
    name: 'what is done to the bytes after the upload does not change the file',
    async run(context) {
      const body = bytes(1000);
      await context.provider.upload('a file', body);
      body.fill(0);
      await assertFile(context, 'a file', bytes(1000));
    },
  },
  {
    name: 'what a reader does to the bytes it got does not change the file',
    async run(context) {
      await context.provider.upload('a file', bytes(1000));
      const { body } = await context.provider.download('a file');
      for await (const chunk of body as AsyncIterable<Buffer>) chunk.fill(0);
      await assertFile(context, 'a file', bytes(1000));
    },
  },
  {
    name: 'what is no body is refused, and nothing is stored',
    async run(context) {
      const noBodies: readonly unknown[] = [undefined, null, 1, {}, [1, 2], new ArrayBuffer(1)];
      for (const body of noBodies) {
        const upload = context.provider.upload('a file', body as Body);
        await rejected(context, upload, 'InvalidArgument', `a body ${String(body)}`);
      }
      await assertAbsent(context, 'a file');
    },
  },
  {
    name: 'a stream of something else than bytes is refused, and nothing is stored',
    async run(context) {
      const noBytes: Readonly<Record<string, () => Body>> = {
        'a Readable of objects': () => Readable.from([{ a: 1 }]),
        'an async generator of numbers': () => generate([1, 2] as unknown[]) as never,
      };
      for (const [what, body] of Object.entries(noBytes)) {
        const upload = context.provider.upload('a file', body());
        await rejected(context, upload, 'InvalidArgument', what);
      }
      await assertAbsent(context, 'a file');
      await assertNoLeftovers(context);
    },
  },
  {
    name: 'a stream that was read already, is destroyed or is locked is refused, and nothing is stored',
    async run(context) {
      const spent = streamOfBytes(bytes(10));
      for await (const _ of spent);
      const destroyed = streamOfBytes(bytes(10)).destroy();
      const locked = webStream(pieces(bytes(10)));
      locked.getReader();
      for (const [what, body] of Object.entries({ spent, destroyed, locked })) {
        const upload = context.provider.upload('a file', body);
        await rejected(context, upload, 'InvalidArgument', `a ${what} stream`);
      }
      await assertAbsent(context, 'a file');
      await assertNoLeftovers(context);
    },
  },
];

async function* generate<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items;
}

function webStream(chunks: Iterable<Uint8Array>): ReadableStream<Uint8Array> {
  const rest = chunks[Symbol.iterator]();
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      const { done, value } = rest.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  });
}
