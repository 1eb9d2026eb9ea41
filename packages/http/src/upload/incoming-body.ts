import { isStorageError, StorageError } from '@org/storage-core';
import type { HttpRequest } from '../message.js';
import type { Limits } from './upload-limits.js';

export type BodyLimits = Pick<Limits, 'totalSize' | 'slowest'>;

/**
 * The body of a request as it comes in, for whoever takes it at its own pace. It ends with an error where the client goes away
 * (`Aborted`), sends more than allowed (`TooLarge`, where it announces that: before a byte is read) or too slowly (`Timeout`). The
 * request is left open, so that it can be answered.
 *
 * @param onBytes is told how many bytes have come in so far.
 */
export async function* incomingBody(
  request: HttpRequest,
  { totalSize, slowest }: BodyLimits,
  onBytes: (received: number) => void = () => {},
  signal: AbortSignal = request.signal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { body } = request;
  if (Number(request.header('content-length') ?? 0) > totalSize) throw tooMuch(totalSize);
  if (body === undefined) return;
  // Not ended by leaving the loop: to destroy the request of a Node server is to lose the answer.
  const chunks = body.iterator({ destroyOnReturn: false })[Symbol.asyncIterator]();
  const pace = new Pace(slowest);
  let received = 0;
  while (true) {
    const next = await pace.waitFor(chunks.next(), signal).catch((error: unknown) => {
      throw isStorageError(error) ? error : brokenOff(error);
    });
    if (next.done === true) break;
    const chunk: Uint8Array = next.value;
    received += chunk.byteLength;
    if (received > totalSize) throw tooMuch(totalSize);
    pace.count(chunk.byteLength);
    onBytes(received);
    yield chunk;
  }
}

/** Milliseconds; a timer with more goes off at once: https://nodejs.org/api/timers.html#settimeoutcallback-delay-args */
const MAX_DELAY = 2 ** 31 - 1;

/** Sees to it that bytes keep coming while they are waited for. */
class Pace {
  readonly #slowest: Limits['slowest'];
  #waited = 0;
  #received = 0;

  constructor(slowest: Limits['slowest']) {
    this.#slowest = slowest;
  }

  async waitFor<T>(next: Promise<T>, signal: AbortSignal): Promise<T> {
    const begun = performance.now();
    next.catch(() => {}); // who has stopped waiting does not hear of it
    let stop = () => {};
    const late = new Promise<never>((_, reject) => {
      const left = Math.min(this.#slowest.within - this.#waited, MAX_DELAY);
      const timer = setTimeout(() => reject(this.#tooSlow()), left);
      const gone = () => reject(brokenOff(signal.reason));
      signal.addEventListener('abort', gone, { once: true });
      stop = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', gone);
      };
      if (signal.aborted) gone();
    });
    try {
      return await Promise.race([next, late]);
    } finally {
      stop();
      this.#waited += performance.now() - begun;
    }
  }

  count(bytes: number): void {
    this.#received += bytes;
    if (this.#received < this.#slowest.bytes) return;
    this.#waited = 0;
    this.#received = 0;
  }

  #tooSlow(): StorageError {
    const { bytes, within } = this.#slowest;
    return new StorageError(
      'Timeout',
      `the client has sent ${this.#received} bytes in ${within / 1000} seconds; at least ${bytes} are expected`,
    );
  }
}

function tooMuch(totalSize: number): StorageError {
  return new StorageError('TooLarge', `the body has more than ${totalSize} bytes`);
}

function brokenOff(cause: unknown): StorageError {
  return new StorageError('Aborted', 'the client has gone away before its body was read', {
    cause,
  });
}
