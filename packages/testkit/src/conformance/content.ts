import { Readable } from 'node:stream';
import { ReadableStream } from 'node:stream/web';
import type { Body } from '@org/storage-core';

const KIB = 1024;

/** Bytes that look random and are the same for the same seed. */
export function bytes(size: number, seed = 1): Buffer {
  const words = new Uint32Array(Math.ceil(size / 4));
  let state = (seed * 0x9e3779b1) | 1;
  for (let i = 0; i < words.length; i++) {
    // Marsaglia, "Xorshift RNGs", 2003
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[i] = state;
  }
  return Buffer.from(words.buffer, 0, size);
}

/** The content in pieces of at most `step` bytes. */
export function* pieces(content: Uint8Array, step = 64 * KIB): Generator<Uint8Array> {
  for (let at = 0; at < content.byteLength; at += step) yield content.subarray(at, at + step);
}

export function streamOfBytes(content: Uint8Array): Readable {
  return Readable.from(pieces(content), { objectMode: false });
}

/** A body that fails with `error` after the content. */
export function failingStream(content: Uint8Array, error: Error): Readable {
  const rest = pieces(content);
  return new Readable({
    read() {
      const { done, value } = rest.next();
      if (done) this.destroy(error);
      else this.push(value);
    },
  });
}

export interface StalledBody<B extends Body = Body> {
  readonly body: B;
  /** Resolves when the content was taken and more is asked for, in vain. */
  readonly stalled: Promise<void>;
}

/** A body that neither ends nor fails after the content. */
export function stalledStream(content: Uint8Array): StalledBody<Readable> {
  const rest = pieces(content);
  const { promise, resolve } = deferred();
  const body = new Readable({
    read() {
      const { done, value } = rest.next();
      if (done) resolve();
      else this.push(value);
    },
  });
  return { body, stalled: promise };
}

/** An async iterable that gives the content and then waits forever, also when it is asked to return. */
export function stalledIterable(content: Uint8Array): StalledBody {
  const { promise, resolve } = deferred();
  const body = (async function* () {
    yield content;
    resolve();
    await new Promise(() => {});
  })();
  return { body, stalled: promise };
}

/** The same as a web stream. */
export function stalledWebStream(content: Uint8Array): StalledBody {
  const { promise, resolve } = deferred();
  let pulls = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (pulls++ === 0) {
        controller.enqueue(content);
        return undefined;
      }
      resolve();
      return new Promise(() => {});
    },
  });
  return { body, stalled: promise };
}

export interface Deferred {
  readonly promise: Promise<void>;
  resolve(): void;
}

export function deferred(): Deferred {
  let settle = () => {};
  const promise = new Promise<void>((resolve) => {
    settle = resolve;
  });
  return { promise, resolve: () => settle() };
}
