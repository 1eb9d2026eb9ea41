import type { IncomingMessage, ServerResponse } from 'node:http';
import { ConnectionCut } from './struck-request.js';

/** The body of a request, which a client with `Expect: 100-continue` holds back until it is asked for. */
export class RequestBody implements AsyncIterable<Buffer> {
  readonly #message: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #bytesBeforeCut: number;
  #heldBack: boolean;
  #chunks: AsyncIterator<unknown> | undefined;

  constructor(
    message: IncomingMessage,
    response: ServerResponse,
    heldBack: boolean,
    bytesBeforeCut: number,
  ) {
    this.#message = message;
    this.#response = response;
    this.#heldBack = heldBack;
    this.#bytesBeforeCut = bytesBeforeCut;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    if (this.#heldBack) {
      this.#heldBack = false;
      this.#response.writeContinue();
    }
    let received = 0;
    // Destroying the stream would take the connection along, on which an error is yet to be answered.
    const chunks = this.#message.iterator({ destroyOnReturn: false });
    this.#chunks = chunks;
    for await (const chunk of chunks) {
      const data = chunk as Buffer;
      received += data.length;
      if (received > this.#bytesBeforeCut) throw new ConnectionCut();
      yield data;
    }
  }

  /** Takes and drops what the operation left, so that the connection can go on; Node closes one that is held back. */
  drain(): void {
    if (this.#heldBack || this.#message.readableEnded || this.#message.destroyed) return;
    // A reader that stopped midway still holds the stream, which would not flow; it lets go in the next tick.
    void this.#chunks?.return?.().catch(() => undefined);
    setImmediate(() => this.#message.resume());
  }
}
