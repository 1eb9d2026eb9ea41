import { Readable } from 'node:stream';
import type { ReadableStream as WebStream } from 'node:stream/web';
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
  return body instanceof Uint8Array ? body : undefined;
}

/** The body's length in bytes, where it is known before reading. */
export function lengthOf(body: Body): number | undefined {
  if (typeof body === 'string') return Buffer.byteLength(body);
  if (body instanceof Uint8Array) return body.byteLength;
  if (body instanceof Blob) return body.size;
  return undefined;
}

/**
 * The body as one Node stream of bytes. Destroying the stream releases the body.
 * @throws StorageError `InvalidArgument` if it is none of the forms of {@link Body}.
 */
export function streamOf(body: Body): Readable {
  const bytes = bytesOf(body);
  if (bytes !== undefined)
    return Readable.from(bytes.byteLength === 0 ? [] : [bytes], { objectMode: false });
  if (body instanceof Readable) return body;
  if (body instanceof Blob) return Readable.fromWeb(body.stream() as WebStream<Uint8Array>);
  if (typeof body === 'object' && body !== null) {
    if ('getReader' in body) return Readable.fromWeb(body);
    if (Symbol.asyncIterator in body) return Readable.from(body, { objectMode: false });
  }
  throw new StorageError(
    'InvalidArgument',
    'a body is a Uint8Array, a string, a stream, an async iterable of bytes or a Blob',
  );
}

/** Lets go of a body that will not be read. */
export function discardBody(body: Body): void {
  if (body instanceof Readable) body.destroy();
  else if (typeof body === 'object' && 'getReader' in body) void body.cancel().catch(() => {});
}

/** All bytes of a stream. For small files: the whole content is held in memory. */
export async function readAll(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}
