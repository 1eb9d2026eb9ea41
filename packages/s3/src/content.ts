import { createHash, type Hash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import {
  type Body,
  type ChecksumAlgorithm,
  type Checksums,
  Crc64Nvme,
  compareChecksums,
  type ExpectedContent,
  isStorageError,
  StorageError,
  streamOf,
} from '@org/storage-core';
import { MAX_PARTS } from './part-size.js';

/**
 * A body as it is read. Unlike a stream's own iterator, a read that waits for a slow source can be ended at once by
 * {@link Source.stop}.
 */
export class Source {
  readonly #stream: Readable;
  readonly #chunks: AsyncIterator<unknown>;
  #stopped: Error | undefined;
  #interrupt: ((reason: Error) => void) | undefined;

  constructor(body: Body) {
    this.#stream = streamOf(body);
    this.#stream.on('error', () => {}); // it is thrown by the next read
    this.#chunks = this.#stream[Symbol.asyncIterator]();
  }

  /** The next bytes; `undefined` after the last ones. */
  async next(): Promise<Uint8Array | undefined> {
    if (this.#stopped !== undefined) throw this.#stopped;
    const result = await new Promise<IteratorResult<unknown>>((resolve, reject) => {
      this.#interrupt = reject;
      this.#chunks.next().then(resolve, (error: unknown) => reject(bodyError(error)));
    });
    return result.done ? undefined : bytes(result.value);
  }

  /** Ends a read that is waiting, and those to come, with `reason`, and destroys the body. */
  stop(reason: Error): void {
    this.#stopped ??= reason;
    this.#interrupt?.(reason);
    this.#stream.destroy();
  }

  /** Reads up to the end, or until there are more than `limit` bytes. */
  async gather(limit: number): Promise<{ readonly chunks: Uint8Array[]; readonly ended: boolean }> {
    const chunks: Uint8Array[] = [];
    for (let size = 0; size <= limit; ) {
      const chunk = await this.next();
      if (chunk === undefined) return { chunks, ended: true };
      chunks.push(chunk);
      size += chunk.byteLength;
    }
    return { chunks, ended: false };
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (let chunk = await this.next(); chunk !== undefined; chunk = await this.next()) yield chunk;
  }
}

/**
 * Passes a content on as long as it fits into 10,000 parts.
 * @throws StorageError `TooLarge`.
 */
export async function* upTo(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  partSize: number,
): AsyncGenerator<Uint8Array> {
  const limit = partSize * MAX_PARTS;
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.byteLength;
    if (size > limit) {
      throw new StorageError(
        'TooLarge',
        `the body has more than ${limit} bytes, ${MAX_PARTS} parts; announce contentLength, or set a larger partSize`,
      );
    }
    yield chunk;
  }
}

/** What a content turned out to be. */
export interface Seen {
  /** Bytes. */
  readonly size: number;
  readonly checksums: Checksums & { readonly crc32: string };
}

/**
 * Passes a content on while it is checked: what was handed on is never complete if it is not the expected content, since
 * the last chunk is held back until all is known.
 * @throws StorageError `ChecksumMismatch`.
 */
export async function* checkedContent(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  expected: ExpectedContent,
  what: string,
  wanted: {
    /** Checksums to compute beside CRC-32 and those that are expected. */
    readonly also?: readonly ChecksumAlgorithm[];
    /** Called before the last chunk. */
    readonly done: (seen: Seen) => void;
  },
): AsyncGenerator<Uint8Array> {
  const algorithms = [...Object.keys(expected.checksums ?? {}), ...(wanted.also ?? [])];
  const sums = new Sums(algorithms);
  let held: Uint8Array | undefined;
  for await (const chunk of chunks) {
    if (chunk.byteLength === 0) continue;
    if (held !== undefined) yield held;
    held = chunk;
    sums.update(chunk);
    if (expected.size !== undefined && sums.size > expected.size) break;
  }
  const seen = sums.seen();
  checkSize(expected.size, seen.size, what);
  compareChecksums(expected.checksums ?? {}, seen.checksums, what);
  wanted.done(seen);
  if (held !== undefined) yield held;
}

/** CRC-32 in any case; alone it is several times as fast as any other. */
class Sums {
  size = 0;
  #crc = 0;
  readonly #crc64nvme: Crc64Nvme | undefined;
  readonly #sha256: Hash | undefined;

  constructor(algorithms: readonly string[]) {
    this.#crc64nvme = algorithms.includes('crc64nvme') ? new Crc64Nvme() : undefined;
    this.#sha256 = algorithms.includes('sha256') ? createHash('sha256') : undefined;
  }

  update(chunk: Uint8Array): void {
    this.size += chunk.byteLength;
    this.#crc = crc32(chunk, this.#crc);
    this.#crc64nvme?.update(chunk);
    this.#sha256?.update(chunk);
  }

  seen(): Seen {
    return {
      size: this.size,
      checksums: {
        crc32: this.#crc.toString(16).padStart(8, '0'),
        ...(this.#crc64nvme === undefined ? {} : { crc64nvme: this.#crc64nvme.digest() }),
        ...(this.#sha256 === undefined ? {} : { sha256: this.#sha256.digest('hex') }),
      },
    };
  }
}

/**
 * @throws StorageError `ChecksumMismatch` if the two differ.
 */
export function checkSize(expected: number | undefined, size: number, what: string): void {
  if (expected === undefined || size === expected) return;
  const more = size > expected ? 'more than that' : `${size}`;
  throw new StorageError(
    'ChecksumMismatch',
    `${what}: ${expected} bytes were announced, there are ${more}`,
  );
}

function bytes(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk;
  if (typeof chunk === 'string') return Buffer.from(chunk);
  throw new StorageError(
    'InvalidArgument',
    `the body gave a chunk that is not bytes: ${typeof chunk}`,
  );
}

/** What the body's owner threw must not be taken for an error of the server. */
function bodyError(error: unknown): Error {
  if (isStorageError(error)) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new StorageError('Unknown', `the body could not be read: ${message}`, { cause: error });
}
