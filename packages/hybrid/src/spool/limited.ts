import { Readable } from 'node:stream';
import { type Body, lengthOf, type StorageError, streamOf } from '@org/storage-core';

/** A body of which no more than so many bytes are handed on; what has more fails with `error`. */
export function limited(body: Body, bytes: number, error: () => StorageError): Body {
  if (bytes === Number.POSITIVE_INFINITY || lengthOf(body) !== undefined) return body;
  const source = streamOf(body);
  const count = async function* () {
    let seen = 0;
    for await (const chunk of source as AsyncIterable<Uint8Array>) {
      seen += chunk.byteLength;
      if (seen > bytes) throw error();
      yield chunk;
    }
  };
  const stream = Readable.from(count(), { objectMode: false });
  stream.once('close', () => source.destroy());
  return stream;
}
