import { Readable } from 'node:stream';
import { expect, onTestFinished, vi } from 'vitest';
import { type HttpHandler, type NodeListenerOptions, nodeListener } from '../../src/index.js';
import { type Served, serve } from '../serve.js';

export const GET = ['GET / HTTP/1.1', 'Host: localhost'];

/** Serves a handler until the end of the test. */
export async function served(handler: HttpHandler, options?: NodeListenerOptions): Promise<Served> {
  const server = await serve(nodeListener(handler, options));
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
}

/** Gives bytes for as long as they are asked for, and counts them. */
export function endless(chunk = 64 * 1024): {
  readonly body: Readable;
  readonly given: () => number;
} {
  let given = 0;
  const body = new Readable({
    highWaterMark: chunk,
    read() {
      given += chunk;
      this.push(Buffer.alloc(chunk));
    },
  });
  return { body, given: () => given };
}

export function deferred<T>() {
  let resolve: (value: T) => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<T>((...settle) => {
    [resolve, reject] = settle;
  });
  return { promise, resolve, reject };
}

/** Resolves when a count has stopped. */
export async function settled(count: () => number): Promise<void> {
  let last = -1;
  await vi.waitFor(
    () => {
      const now = count();
      const stopped = now === last;
      last = now;
      expect(stopped && now > 0).toBe(true);
    },
    { interval: 100, timeout: 30_000 },
  );
}
