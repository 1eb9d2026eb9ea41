import { pipeline, type Readable, Transform } from 'node:stream';
import { type Body, holdErrors, streamOf } from '@org/storage-core';
import { repeatable } from './body.js';
import { onAbort } from './signal.js';

/** A body of which the beginning is known. */
export interface SampledBody {
  /** Its first bytes; all, if there are no more. */
  readonly sample: Uint8Array;
  /** The whole, to be sent in place of the one that was looked at. */
  readonly body: Body;
}

/**
 * Looks at the first bytes of a body. What can be sent again stays what it is; a stream is replaced by one that gives the same
 * bytes. A body that fails meanwhile, or whose signal fires, is given back for the upload to fail with it.
 */
export async function sampled(
  body: Body,
  bytes: number,
  signal: AbortSignal | undefined,
): Promise<SampledBody> {
  if (typeof body === 'string')
    return { sample: Buffer.from(body.slice(0, bytes)).subarray(0, bytes), body };
  if (body instanceof Blob)
    return { sample: new Uint8Array(await body.slice(0, bytes).arrayBuffer()), body };
  if (repeatable(body)) return { sample: body.subarray(0, bytes), body };
  holdErrors(body);
  return sampledStream(streamOf(body), bytes, signal);
}

async function sampledStream(
  source: Readable,
  bytes: number,
  signal: AbortSignal | undefined,
): Promise<SampledBody> {
  let known = () => {};
  const enough = new Promise<void>((resolve) => {
    known = resolve;
  });
  let seen = 0;
  const stream = new Transform({
    readableHighWaterMark: bytes, // it takes so much before anyone reads
    transform(chunk: Uint8Array, _, done) {
      seen += chunk.byteLength;
      done(null, chunk);
      if (seen >= bytes) known();
    },
    flush(done) {
      done();
      known();
    },
  });
  pipeline(source, stream, () => known());
  holdErrors(stream);
  const unlink = onAbort(signal, known);
  await enough;
  unlink();
  // To read an empty stream is to end it, and an upload takes no stream that has ended.
  const beginning: unknown = stream.readableLength === 0 ? null : stream.read();
  if (!Buffer.isBuffer(beginning)) return { sample: new Uint8Array(0), body: stream };
  stream.unshift(beginning);
  return { sample: beginning.subarray(0, bytes), body: stream };
}
