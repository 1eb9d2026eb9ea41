import { Readable } from 'node:stream';
import { isUint8Array } from 'node:util/types';
import type { Body } from '@org/storage-core';

/** Whether a body can be sent again after it was sent: bytes, text and a `Blob` can, a stream can't. */
export function repeatable(body: Body): body is Uint8Array | string | Blob {
  return typeof body === 'string' || isUint8Array(body) || body instanceof Blob;
}

/**
 * Keeps an error of a stream that waits for its turn from ending the process. Whoever reads the stream then gets the error all
 * the same.
 */
export function holdErrors(body: Body): void {
  if (body instanceof Readable && !body.listeners('error').includes(held)) body.on('error', held);
}

function held(): void {}
