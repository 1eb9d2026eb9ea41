import type { Readable } from 'node:stream';
import { abortError, type StorageError } from '@org/storage-core';
import type { StableStream } from './stable-stream.js';

interface OpenBody {
  /** Ends it with an error. */
  fail(error: StorageError): void;
  readonly closed: Promise<void>;
}

/** The bodies that a provider has handed out, as long as they have a descriptor. */
export class OpenBodies {
  readonly #open = new Set<OpenBody>();

  /**
   * Ends the body when the signal fires.
   * @param translate makes the error that a reader sees.
   */
  add(
    { body, closed }: StableStream,
    signal: AbortSignal | undefined,
    translate: (error: StorageError) => StorageError,
  ): void {
    const entry: OpenBody = { closed, fail: (error) => destroyQuietly(body, translate(error)) };
    const abort = () => signal !== undefined && entry.fail(abortError(signal));
    signal?.addEventListener('abort', abort, { once: true });
    this.#open.add(entry);
    void closed.then(() => {
      signal?.removeEventListener('abort', abort);
      this.#open.delete(entry);
    });
  }

  /** Resolves when all descriptors are closed. */
  async failAll(error: StorageError): Promise<void> {
    const open = [...this.#open];
    for (const body of open) body.fail(error);
    await Promise.all(open.map((body) => body.closed));
  }
}

/** A body that nobody listens to yet must not end the process; who reads it later gets the error all the same. */
function destroyQuietly(body: Readable, error: StorageError): void {
  body.on('error', () => {});
  body.destroy(error);
}
