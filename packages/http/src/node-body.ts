import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { holdErrors } from '@org/storage-core';

/** Bytes that are read of a body that nobody wants, so that the client gets to see the answer. */
const DRAINED_BYTES = 1024 * 1024;

/** Milliseconds. */
const DRAINED_TIME = 5_000;

export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** What reads each request, to be let go of before somebody else does. */
const readers = new WeakMap<IncomingMessage, Readable>();

/**
 * The body of a request as a stream of its own: whoever lets go of it does not end the connection, over which the answer is still to be sent,
 * as destroying the request would.
 */
export function incomingBody(request: IncomingMessage): Readable {
  const pass = (chunk: Uint8Array) => {
    if (!body.push(chunk)) request.pause();
  };
  const end = () => {
    body.push(null);
  };
  const fail = (error: Error) => {
    body.destroy(error);
  };
  const close = () => {
    if (!request.complete) body.destroy(new Error('the client went away before its body ended'));
  };
  const body: Readable = new Readable({
    read() {
      if (request.listeners('data').includes(pass)) return void request.resume();
      request.on('data', pass).on('end', end).on('error', fail).on('close', close);
      if (request.destroyed) close();
    },
    destroy(error, done) {
      request.off('data', pass).off('end', end).off('close', close).off('error', fail);
      request.pause();
      done(error);
    },
  });
  holdErrors(body); // the client may go when nobody is reading
  readers.set(request, body);
  return body;
}

/**
 * Reads on to the end of a request that was answered already.
 * @returns whether the end was reached; `false` if there is too much of it, or it takes too long.
 */
export function drain(request: IncomingMessage): Promise<boolean> {
  readers.get(request)?.destroy();
  return new Promise((resolve) => {
    let bytes = 0;
    const settle = (ended: boolean) => {
      clearTimeout(timer);
      request.off('data', count).off('end', end).off('close', close).pause();
      resolve(ended);
    };
    const count = (chunk: Uint8Array) => {
      bytes += chunk.byteLength;
      if (bytes > DRAINED_BYTES) settle(false);
    };
    const end = () => settle(true);
    const close = () => settle(request.complete);
    const timer = setTimeout(settle, DRAINED_TIME, false);
    request.on('end', end).on('close', close).on('data', count).resume();
    if (request.destroyed || request.readableEnded) close();
  });
}
