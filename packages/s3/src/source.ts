import { finished, Readable } from 'node:stream';
import { type Body, isStorageError, StorageError, streamOf } from '@org/storage-core';

/** Takes a chunk, and tells whether more are wanted. What it leaves of the chunk it puts back. */
type Take = (chunk: Uint8Array) => boolean;

interface Reading {
  readonly take: Take;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * A body as it is read. Unlike a stream's own iterator, it hands on many chunks for one promise, and a read that waits for a
 * slow source can be ended at once by {@link Source.stop}.
 */
export class Source {
  readonly #body: Readable;
  readonly #stream: Readable;
  /** What goes before the rest of the stream, in reverse. */
  readonly #ahead: Uint8Array[] = [];
  #ended = false;
  #failure: Error | undefined;
  #reading: Reading | undefined;

  constructor(body: Body) {
    this.#body = streamOf(body);
    this.#stream = flowing(this.#body);
    this.#stream.pause(); // else listening for its data would make it flow before anyone reads
    this.#stream.on('data', (chunk: Uint8Array | string) => this.#receive(chunk));
    finished(this.#stream, { writable: false }, (error) => {
      if (error) this.#failure ??= bodyError(error);
      else this.#ended = true;
      this.#goOn();
    });
  }

  /**
   * Hands chunks on until no more are wanted, or there are none. To be called again when it is done.
   * @throws what the body fails with, what `take` throws, or the reason of {@link stop}.
   */
  read(take: Take): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#reading = { take, resolve, reject };
      this.#goOn();
    });
  }

  /** The next bytes; `undefined` after the last ones. */
  async next(): Promise<Uint8Array | undefined> {
    let next: Uint8Array | undefined;
    await this.read((chunk) => {
      next = chunk;
      return false;
    });
    return next;
  }

  /** The whole content if it has no more than `limit` bytes; otherwise `undefined`, and nothing of it is gone. */
  async whole(limit: number): Promise<Buffer | undefined> {
    const chunks: Uint8Array[] = [];
    let size = 0;
    await this.read((chunk) => {
      chunks.push(chunk);
      size += chunk.byteLength;
      return size <= limit;
    });
    if (size <= limit) return Buffer.concat(chunks, size);
    for (const chunk of chunks.reverse()) this.putBack(chunk);
    return undefined;
  }

  /** The next chunk is this one. */
  putBack(chunk: Uint8Array): void {
    this.#ahead.push(chunk);
  }

  /** Ends a read that is waiting, and those to come, with `reason`, and destroys the body. */
  stop(reason: Error): void {
    this.#failure ??= reason;
    this.#goOn();
    this.#body.destroy();
    this.#stream.destroy();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (let chunk = await this.next(); chunk !== undefined; chunk = await this.next()) yield chunk;
  }

  #goOn(): void {
    while (this.#reading !== undefined) {
      const { resolve, reject } = this.#reading;
      const chunk = this.#ahead.pop();
      if (this.#failure !== undefined) reject(this.#failure);
      else if (chunk !== undefined) {
        this.#give(chunk, this.#reading);
        continue;
      } else if (this.#ended) resolve();
      else {
        this.#stream.resume();
        return;
      }
      this.#reading = undefined;
    }
  }

  #receive(chunk: Uint8Array | string): void {
    const bytes =
      typeof chunk === 'string'
        ? Buffer.from(chunk, this.#stream.readableEncoding ?? 'utf8')
        : chunk;
    if (this.#reading === undefined) this.#ahead.unshift(bytes);
    else this.#give(bytes, this.#reading);
    if (this.#reading === undefined) this.#stream.pause();
  }

  #give(chunk: Uint8Array, { take, resolve, reject }: Reading): void {
    try {
      if (take(chunk)) return;
      resolve();
    } catch (error) {
      reject(error);
    }
    this.#reading = undefined;
  }
}

/** A stream does not flow while somebody listens for `readable`; its iterator gives the data all the same. */
function flowing(stream: Readable): Readable {
  return stream.listenerCount('readable') === 0
    ? stream
    : Readable.from(stream, { objectMode: false });
}

/** What the body's owner threw must not be taken for an error of the server. */
function bodyError(error: unknown): Error {
  if (isStorageError(error)) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new StorageError('Unknown', `the body could not be read: ${message}`, { cause: error });
}
