import type { StorageProvider } from '@org/storage-core';
import type { Segment } from './upload-files.js';

/**
 * Cuts a stream into segments, of which each is read before the next one is asked for. A stream that breaks off ends its last segment as
 * if it were whole: what has come in is kept. `broken` tells of it afterwards.
 */
export class Segments {
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #size: number;
  #rest: Uint8Array | undefined;
  /** What the stream ended with, if not well. */
  broken: { readonly error: unknown } | undefined;

  constructor(stream: AsyncIterable<Uint8Array>, size: number) {
    this.#chunks = stream[Symbol.asyncIterator]();
    this.#size = size;
  }

  /** The next one; `undefined` if there is nothing more. `size` is known once it is read. */
  async next(): Promise<{ readonly body: AsyncIterable<Uint8Array>; size: number } | undefined> {
    this.#rest ??= await this.#pull();
    if (this.#rest === undefined) return undefined;
    const segment = { body: this.#body((bytes) => (segment.size += bytes)), size: 0 };
    return segment;
  }

  async *#body(onBytes: (bytes: number) => void): AsyncGenerator<Uint8Array, void, undefined> {
    let left = this.#size;
    while (left > 0) {
      const chunk = this.#rest ?? (await this.#pull());
      if (chunk === undefined) return;
      const piece = chunk.subarray(0, left);
      this.#rest = piece.byteLength < chunk.byteLength ? chunk.subarray(left) : undefined;
      left -= piece.byteLength;
      onBytes(piece.byteLength);
      yield piece;
    }
  }

  async #pull(): Promise<Uint8Array | undefined> {
    if (this.broken !== undefined) return undefined;
    try {
      while (true) {
        const { done, value } = await this.#chunks.next();
        if (done === true) return undefined;
        if (value.byteLength > 0) return value;
      }
    } catch (error) {
      this.broken = { error };
      return undefined;
    }
  }
}

/** The content of segments, one after the other. */
export async function* joined(
  storage: StorageProvider,
  segments: readonly Pick<Segment, 'key'>[],
): AsyncGenerator<Uint8Array, void, undefined> {
  for (const { key } of segments) {
    const { body } = await storage.download(key);
    yield* body as AsyncIterable<Uint8Array>;
  }
}
