import { Readable } from 'node:stream';
import { type Body, bytesOf, holdErrors, StorageError, streamOf } from '@org/storage-core';

/** Bytes of a stream that are kept by default: as many as S3 gets in a single request. */
export const DEFAULT_REPLAY_BYTES = 8 * 1024 * 1024;

/** A body that may have to be sent twice: to the target, and, if that fails, to the spool. */
export interface Replay {
  /** What the next attempt sends; `undefined` if bytes of it are gone. Destroying it leaves the rest for another attempt. */
  next(): Body | undefined;
  /** Lets go of what was not read. To be called in the end. */
  end(): void;
}

/** @param replayBytes of a stream are kept; after more it can’t be sent again. */
export function replayOf(body: Body, replayBytes: number): Replay {
  if (bytesOf(body) !== undefined || body instanceof Blob) return { next: () => body, end() {} };
  return new StreamReplay(streamOf(body), replayBytes);
}

class StreamReplay implements Replay {
  readonly #source: Readable;
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #limit: number;
  /** What was read so far, in order; `undefined` once it is more than may be kept. */
  #kept: Uint8Array[] | undefined = [];
  /** Chunks that were read, and their bytes. */
  #count = 0;
  #size = 0;
  #ended = false;
  #failed = false;
  /** The chunk that is being read: an attempt that ends meanwhile leaves it to the next one. */
  #reading: Promise<Uint8Array | undefined> | undefined;

  constructor(source: Readable, limit: number) {
    holdErrors(source);
    this.#source = source;
    this.#chunks = source[Symbol.asyncIterator]();
    this.#limit = limit;
  }

  next(): Body | undefined {
    if (this.#kept === undefined || this.#failed) return undefined;
    let at = 0;
    const pull = async (stream: Readable) => {
      await this.#reading?.catch(() => {}); // begun by an attempt before
      if (at < this.#count) stream.push(this.#keptAt(at));
      else stream.push(this.#ended ? null : ((await this.#read()) ?? null));
      at++;
    };
    return new Readable({
      read() {
        pull(this).catch((error: unknown) => this.destroy(error as Error));
      },
    });
  }

  end(): void {
    this.#kept = undefined;
    this.#source.destroy();
  }

  #keptAt(at: number): Uint8Array {
    const chunk = this.#kept?.[at];
    if (chunk !== undefined) return chunk;
    throw new StorageError('Unavailable', 'bytes of the body are gone: send it again');
  }

  async #read(): Promise<Uint8Array | undefined> {
    const reading = this.#take();
    this.#reading = reading;
    try {
      return await reading;
    } finally {
      this.#reading = undefined;
    }
  }

  async #take(): Promise<Uint8Array | undefined> {
    const { done, value } = await this.#chunks.next().catch((error: unknown) => {
      this.#failed = true;
      throw error;
    });
    if (done === true) {
      this.#ended = true;
      return undefined;
    }
    this.#count++;
    this.#size += value.byteLength;
    if (this.#size > this.#limit) this.#kept = undefined;
    this.#kept?.push(value);
    return value;
  }
}
