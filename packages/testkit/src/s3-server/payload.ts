import { createHash } from 'node:crypto';
import type { Authentication } from './authentication.js';
import { decodeChunked } from './aws-chunked.js';
import { notImplemented, S3Error } from './error.js';
import type { PayloadDeclaration } from './payload-declaration.js';
import type { S3Request } from './request.js';

/** A request's body, verified against what was signed. */
export interface Payload {
  /** Bytes of content, known before the first is read. */
  readonly length: number;
  /** The content; ends without an error only if all of it came and matches the signed hashes. */
  readonly content: AsyncIterable<Buffer>;
  /** Complete when `content` has ended. */
  readonly trailers: ReadonlyMap<string, string>;
}

/** `wire`: the bytes as they come, which asks the client to go on if it waits for 100 Continue. */
export function openPayload(
  request: S3Request,
  { payload }: Authentication,
  wire: AsyncIterable<Buffer>,
): Payload {
  const length = contentLength(request, payload);
  const trailers = new Map<string, string>();
  return { length, content: verified(payload, length, trailers, wire), trailers };
}

function verified(
  payload: PayloadDeclaration,
  length: number,
  trailers: Map<string, string>,
  wire: AsyncIterable<Buffer>,
): AsyncIterable<Buffer> {
  switch (payload.type) {
    case 'unsigned':
      return wire;
    case 'hashed':
      return hashed(wire, payload.sha256);
    case 'chunked':
      return decodeChunked(wire, {
        signing: payload.signing,
        trailer: payload.trailer,
        length,
        onTrailer: (name, value) => {
          if (trailers.has(name)) throw new S3Error('MalformedTrailerError');
          trailers.set(name, value);
        },
      });
  }
}

async function* hashed(wire: AsyncIterable<Buffer>, sha256: string): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  for await (const chunk of wire) {
    hash.update(chunk);
    yield chunk;
  }
  const computed = hash.digest('hex');
  if (computed !== sha256) {
    throw new S3Error('XAmzContentSHA256Mismatch', undefined, {
      ClientComputedContentSHA256: sha256,
      S3ComputedContentSHA256: computed,
    });
  }
}

function contentLength({ headers }: S3Request, payload: PayloadDeclaration): number {
  const length = headers.get('content-length');
  if (length === undefined && headers.has('transfer-encoding') && payload.type !== 'chunked') {
    throw notImplemented('Transfer-Encoding');
  }
  const name = payload.type === 'chunked' ? 'x-amz-decoded-content-length' : 'content-length';
  const value = headers.get(name);
  if (value === undefined || !/^\d{1,15}$/.test(value)) throw new S3Error('MissingContentLength');
  return Number(value);
}
