import { Readable } from 'node:stream';
import { type Body, type StorageError, streamOf } from '@org/storage-core';

/** The chunks up to `length` bytes; then `atEnd`, which may throw. */
async function* cut(
  body: AsyncIterable<Uint8Array>,
  length: number,
  atEnd: () => void,
): AsyncGenerator<Uint8Array> {
  let left = length;
  for await (const chunk of body) {
    if (chunk.byteLength > left) {
      if (left > 0) yield chunk.subarray(0, left);
      atEnd();
      return;
    }
    left -= chunk.byteLength;
    yield chunk;
  }
}

/** A body that ends after so many bytes. */
export function truncated(body: Readable, length: number): Readable {
  return follow(
    body,
    cut(body, length, () => {}),
  );
}

/** A body that fails after so many bytes, if it has more. */
export function broken(body: Readable, after: number, error: StorageError): Readable {
  const fail = () => {
    throw error;
  };
  return follow(body, cut(body, after, fail));
}

/** {@link broken} for what is uploaded. */
export function brokenUpload(body: Body, after: number, error: StorageError): Body {
  return broken(streamOf(body), after, error);
}

/** A body whose byte at the offset is another one. */
export function corrupted(body: Readable, offset: number): Readable {
  async function* flip(): AsyncGenerator<Uint8Array> {
    let at = 0;
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      const index = offset - at;
      at += chunk.byteLength;
      const original = chunk[index];
      if (original === undefined) yield chunk;
      else yield Uint8Array.from(chunk).fill(original ^ 0xff, index, index + 1);
    }
  }
  return follow(body, flip());
}

/** A stream of the chunks, with which the original is destroyed, also where no chunk was read. */
function follow(original: Readable, chunks: AsyncIterable<Uint8Array>): Readable {
  const stream = Readable.from(chunks, { objectMode: false });
  original.on('error', (error) => stream.destroy(error));
  stream.once('close', () => original.destroy());
  return stream;
}
