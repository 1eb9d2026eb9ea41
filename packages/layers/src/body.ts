import { isUint8Array } from 'node:util/types';
import type { Body } from '@org/storage-core';

/** Whether a body can be sent again after it was sent: bytes, text and a `Blob` can, a stream can't. */
export function repeatable(body: Body): body is Uint8Array | string | Blob {
  return typeof body === 'string' || isUint8Array(body) || body instanceof Blob;
}
