import { setMaxListeners } from 'node:events';
import type { Readable } from 'node:stream';

/** What a body's requests after the first end with. Most bodies have none, so that it is made when it is asked for. */
export class BodyRequests {
  #controller: AbortController | undefined;
  #ended = false;

  /** Fires when the body ends before its last byte. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      setMaxListeners(0, this.#controller.signal); // one for each piece and request
      if (this.#ended) this.#controller.abort();
    }
    return this.#controller.signal;
  }

  /**
   * Ends the body when a signal fires, and its requests when it ends too early. The signals are let go of at the body's end.
   * (`AbortSignal.any` would keep what follows a long-lived signal in memory.)
   */
  endWith(body: Readable, signals: readonly (AbortSignal | undefined)[]): void {
    const abort = () => body.destroy(new Error('aborted'));
    for (const signal of signals) signal?.addEventListener('abort', abort, { once: true });
    body.once('close', () => {
      for (const signal of signals) signal?.removeEventListener('abort', abort);
      if (body.readableEnded) return;
      this.#ended = true;
      this.#controller?.abort();
    });
    if (signals.some((signal) => signal?.aborted)) abort();
  }
}
