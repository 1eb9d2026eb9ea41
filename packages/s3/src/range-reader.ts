import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { isStorageError, type ResolvedRange, type StorageError } from '@org/storage-core';

/** Milliseconds before the second attempt in a row that has to do without progress; doubled for each further one. */
const FIRST_DELAY = 100;
/** Milliseconds. */
const LONGEST_DELAY = 5_000;

/** How the bytes of one version of an object are got. */
export interface RangeSource {
  /** Opens the bytes of a range. */
  readonly open: (range: ResolvedRange) => Promise<Readable>;
  /** Makes a `StorageError`, which tells whether to try again, of what went wrong. */
  readonly translate: (error: unknown) => StorageError;
  /** Attempts in a row without a byte. */
  readonly attempts: number;
  /** Ends reading, also where it waits. */
  readonly signal: AbortSignal;
}

/** A body that begins with a range. */
export interface OpenBody {
  readonly body: Readable;
  /** Its last byte's position, which may be beyond the range. */
  readonly end: number;
}

/**
 * Reads a range over as many connections as it takes: where one breaks, the next begins with the byte that is missing, so
 * that none is handed out twice.
 * @param broken what ended an attempt before.
 */
export async function* readRange(
  source: RangeSource,
  range: ResolvedRange,
  first?: OpenBody,
  broken?: unknown,
): AsyncGenerator<Uint8Array> {
  const reader = new RangeReader(source, range, first, broken);
  try {
    for (let chunk = await reader.next(); chunk !== undefined; chunk = await reader.next())
      yield chunk;
    await reader.finish();
  } finally {
    reader.close();
  }
}

class RangeReader {
  readonly #source: RangeSource;
  readonly #end: number;
  #position: number;
  #broken: unknown;
  #open: OpenBody | undefined;
  #chunks: AsyncIterator<Uint8Array> | undefined;

  constructor(
    source: RangeSource,
    { start, end }: ResolvedRange,
    first: OpenBody | undefined,
    broken: unknown,
  ) {
    this.#source = source;
    this.#position = start;
    this.#end = end;
    this.#broken = broken;
    if (first !== undefined) this.#use(first);
  }

  /** The next bytes; `undefined` after the last ones. */
  async next(): Promise<Uint8Array | undefined> {
    let broken = this.#broken;
    let failed = 0;
    if (broken !== undefined) await this.#unlessFinal(broken, ++failed);
    this.#broken = undefined;
    while (this.#position <= this.#end) {
      try {
        const chunk = await this.#read();
        const rest = chunk.subarray(0, this.#end + 1 - this.#position);
        this.#position += rest.byteLength;
        if (rest.byteLength > 0) return rest;
      } catch (error) {
        this.close();
        if (isStorageError(error, 'Unsupported')) throw broken ?? error; // it can't be continued
        broken = error;
        await this.#unlessFinal(error, ++failed);
      }
    }
    return undefined;
  }

  /** Waits before the next attempt, if there is to be one. */
  async #unlessFinal(error: unknown, failed: number): Promise<void> {
    const { attempts, signal, translate } = this.#source;
    if (failed >= attempts || signal.aborted || !isTransient(translate(error))) throw error;
    await pause(failed, signal);
  }

  /** Lets a body that ends with the range come to its end, so that its connection can be used again. */
  async finish(): Promise<void> {
    if (this.#open?.end === this.#end) await this.#chunks?.next().catch(() => {}); // all bytes are there
  }

  close(): void {
    this.#open?.body.destroy();
    this.#open = undefined;
    this.#chunks = undefined;
  }

  async #read(): Promise<Uint8Array> {
    if (this.#chunks === undefined) {
      const rest = { start: this.#position, end: this.#end };
      this.#use({ body: await this.#source.open(rest), end: this.#end });
    }
    const result = await this.#chunks?.next();
    if (result?.done === false) return result.value;
    throw new ShortBody();
  }

  #use(open: OpenBody): void {
    const { signal } = this.#source;
    const { body } = open;
    const stop = () => body.destroy(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    body.once('close', () => signal.removeEventListener('abort', stop));
    body.on('error', () => {}); // it is thrown by the next read
    if (signal.aborted) stop();
    this.#open = open;
    this.#chunks = body[Symbol.asyncIterator]();
  }
}

function isTransient({ code, retryable }: StorageError): boolean {
  return retryable && ['Unavailable', 'Timeout', 'Throttled'].includes(code);
}

/** The server ended a body before the range did. */
class ShortBody extends Error {
  readonly code = 'ERR_STREAM_PREMATURE_CLOSE';

  constructor() {
    super('the body ended before its last byte');
  }
}

async function pause(failed: number, signal: AbortSignal): Promise<void> {
  if (failed === 1) return;
  const longest = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** (failed - 2));
  await sleep(longest * (0.5 + Math.random() / 2), undefined, { signal });
}
