import { isReadable, pipeline, Readable, Transform } from 'node:stream';
import type { ReadableStream as WebStream } from 'node:stream/web';
import { isUint8Array } from 'node:util/types';
import { StorageError } from './error.js';

/**
 * What can be uploaded: bytes, text (as UTF-8), a Node or web stream, any async iterable of bytes, a `Blob`. An upload
 * owns the body it is given: it reads it to the end, or destroys it.
 */
export type Body =
  | Uint8Array
  | string
  | Readable
  | WebStream<Uint8Array>
  | AsyncIterable<Uint8Array>
  | Blob;

/** The body's bytes if they are in memory already, so that it can be sent more than once. */
export function bytesOf(body: Body): Uint8Array | undefined {
  if (typeof body === 'string') return Buffer.from(body, 'utf8');
  return isUint8Array(body) ? body : undefined; // `instanceof` fails across realms, as in Jest
}

/** The body's length in bytes, where it is known before reading. */
export function lengthOf(body: Body): number | undefined {
  if (typeof body === 'string') return Buffer.byteLength(body);
  if (isUint8Array(body)) return body.byteLength;
  if (body instanceof Blob) return body.size;
  return undefined;
}

/**
 * The body as one Node stream that gives nothing but bytes, and closes as soon as it is destroyed. Destroying the stream
 * releases the body.
 * @throws StorageError `InvalidArgument` if it is none of the forms of {@link Body}, was read already, or is locked.
 */
export function streamOf(body: Body): Readable {
  const bytes = bytesOf(body);
  if (bytes !== undefined)
    return Readable.from(bytes.byteLength === 0 ? [] : [bytes], { objectMode: false });
  if (body instanceof Readable) return streamOfReadable(body);
  if (body instanceof Blob) return streamOfWeb(body.stream() as WebStream<Uint8Array>);
  if (typeof body === 'object' && body !== null) {
    if ('getReader' in body) return streamOfWeb(body);
    if (Symbol.asyncIterator in body) {
      const iterator = body[Symbol.asyncIterator]();
      return streamOfSource(
        async () => iterator.next(),
        async () => iterator.return?.(),
      );
    }
  }
  throw new StorageError(
    'InvalidArgument',
    'a body is a Uint8Array, a string, a stream, an async iterable of bytes or a Blob',
  );
}

/** Lets go of a body that will not be read. */
export function discardBody(body: Body): void {
  holdErrors(body);
  if (typeof body !== 'object' || body === null) return;
  if (body instanceof Readable) body.destroy();
  else if ('getReader' in body) body.cancel().catch(() => {}); // locked: whoever reads it cancels it
}

/**
 * Keeps an error that a body's stream emits before anyone reads it, or after it was let go of, from ending the process. The
 * next read throws it all the same.
 */
export function holdErrors(body: Body): void {
  if (!(body instanceof Readable) || body.listeners('error').includes(held)) return;
  body.on('error', held);
}

function held(): void {}

/** All bytes of a stream. For small files: the whole content is held in memory. */
export async function readAll(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function streamOfReadable(body: Readable): Readable {
  // Taken for an empty file, what was meant to be stored would be lost without a word.
  if (body.readableEnded || (body.destroyed && body.errored === null)) throw spent();
  if (!body.readableObjectMode && body.readableEncoding === null) return body;
  const encoding = body.readableEncoding ?? 'utf8';
  const encode = new Transform({
    writableObjectMode: true,
    transform(chunk: unknown, _, done) {
      if (typeof chunk === 'string') done(null, Buffer.from(chunk, encoding));
      else if (isUint8Array(chunk)) done(null, chunk);
      else done(noBytes(chunk));
    },
  });
  return pipeline(body, encode, () => {});
}

function streamOfWeb(body: WebStream<Uint8Array>): Readable {
  if (body.locked || (Readable.isDisturbed(body as never) && !isReadable(body as never)))
    throw spent();
  const reader = body.getReader();
  return streamOfSource(
    () => reader.read(),
    () => reader.cancel(),
  );
}

/**
 * As `Readable.from`, which however does not close before the source has answered that it let go: a generator that waits for
 * something does not answer, and an upload from it could not be aborted.
 */
function streamOfSource(
  next: () => Promise<{ done?: boolean | undefined; value?: unknown }>,
  release: () => Promise<unknown>,
): Readable {
  let ended = false;
  const pull = async (stream: Readable) => {
    const { done, value } = await next().catch((error: unknown) => {
      ended = true;
      throw error;
    });
    if (done === true) {
      ended = true;
      stream.push(null);
      return;
    }
    const chunk = typeof value === 'string' ? Buffer.from(value) : value;
    if (!isUint8Array(chunk)) throw noBytes(chunk);
    stream.push(chunk);
  };
  return new Readable({
    read() {
      pull(this).catch((error: unknown) => {
        this.destroy(error instanceof Error ? error : new Error(String(error)));
      });
    },
    destroy(error, done) {
      if (!ended) release().catch(() => {});
      done(error);
    },
  });
}

function spent(): StorageError {
  return new StorageError(
    'InvalidArgument',
    'the body was read already, is destroyed, or is locked by another reader',
  );
}

function noBytes(chunk: unknown): StorageError {
  return new StorageError(
    'InvalidArgument',
    `the body gives chunks that are no bytes: ${chunk === null ? 'null' : typeof chunk}`,
  );
}
