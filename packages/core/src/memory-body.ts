import { Readable } from 'node:stream';
import { type Body, lengthOf, streamOf } from './body.js';
import { StorageError, throwIfAborted } from './error.js';
import type { UploadOptions } from './provider.js';

/**
 * The whole of a body.
 * @throws StorageError `ChecksumMismatch` if it has another length than announced, `Aborted`.
 */
export async function readBody(body: Body, options: UploadOptions): Promise<Buffer> {
  const { signal, onProgress, contentLength = lengthOf(body) } = options;
  const chunks: Uint8Array[] = [];
  let size = 0;
  const stream = streamOf(body);
  const abort = () => stream.destroy();
  signal?.addEventListener('abort', abort, { once: true });
  try {
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      chunks.push(chunk);
      size += chunk.byteLength;
      if (contentLength !== undefined && size > contentLength) break; // the body may never end
      onProgress?.(size);
    }
  } finally {
    signal?.removeEventListener('abort', abort);
  }
  throwIfAborted(signal);
  if (contentLength !== undefined && size !== contentLength) {
    throw new StorageError(
      'ChecksumMismatch',
      `the body has ${size} bytes or more, ${contentLength} were announced`,
    );
  }
  return Buffer.concat(chunks);
}

/** A reader may do with its bytes what it likes. */
export function streamOfCopies(content: Buffer): Readable {
  const CHUNK = 64 * 1024;
  const chunks = function* () {
    for (let start = 0; start < content.byteLength; start += CHUNK)
      yield Buffer.from(content.subarray(start, start + CHUNK));
  };
  return Readable.from(chunks(), { objectMode: false });
}
