import { Readable } from 'node:stream';
import {
  type Body,
  lengthOf,
  StorageError,
  streamOf,
  throwIfAborted,
  type UploadOptions,
} from '@org/storage-core';

/**
 * The whole of a body, in memory. A provider for large files hands the stream on to its store instead, and lets nothing be seen of it
 * before length and checksums are found right.
 * @throws StorageError `ChecksumMismatch` if it has another length than announced, `Aborted`.
 */
export async function readBody(body: Body, options: UploadOptions): Promise<Buffer> {
  const { signal, onProgress, contentLength = lengthOf(body) } = options;
  const stream = streamOf(body);
  const abort = () => stream.destroy();
  signal?.addEventListener('abort', abort, { once: true });
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of stream) {
      const bytes = Buffer.from(chunk);
      chunks.push(bytes);
      size += bytes.byteLength;
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

/** A copy: a reader may do with its bytes what it likes. */
export function streamOfCopy(content: Uint8Array): Readable {
  return Readable.from([Buffer.from(content)], { objectMode: false });
}
