import type { IncomingMessage, ServerResponse } from 'node:http';

/** Who sends or takes fewer `bytes` while `within` milliseconds of waiting for them go by is cut off. */
export interface SlowestClient {
  readonly bytes: number;
  readonly within: number;
}

/** Half of what uploads have to come at by default, so that those are answered before they are cut off. */
const SLOWEST: SlowestClient = { bytes: 16 * 1024, within: 120_000 };

/** Looks in the time within which a client has to have moved. */
const LOOKS = 4;

/** Milliseconds; a timer with more goes off at once: https://nodejs.org/api/timers.html#settimeoutcallback-delay-args */
const MAX_DELAY = 2 ** 31 - 1;

/**
 * Cuts the connection of a client that takes an answer, or sends a body, so slowly that it would hold a descriptor for ever: Node has limits for
 * headers and for whole requests, and none that a long transfer could live with. Time in which the application is waited for does not count.
 * @param slowest default: 16 KiB in two minutes.
 */
export function cutSlowClient(
  request: IncomingMessage,
  response: ServerResponse,
  slowest: SlowestClient = SLOWEST,
): void {
  const { socket } = request;
  const pause = Math.min(Math.max(1, slowest.within / LOOKS), MAX_DELAY);
  const sent = new Progress(slowest, socket.bytesRead);
  const taken = new Progress(slowest, takenOf(response));
  const timer = setInterval(() => {
    const isSlow =
      sent.isTooSlow(socket.bytesRead, isAwaited(request) ? pause : undefined) ||
      taken.isTooSlow(takenOf(response), pause, response.writableLength);
    if (isSlow) socket.destroy();
  }, pause);
  timer.unref();
  let open = 2;
  const close = () => {
    open -= 1;
    if (open === 0) clearInterval(timer);
  };
  request.once('close', close); // a body may be coming still when its answer was sent
  response.once('close', close);
}

/** Whether the client is to send more: what it has sent was read, and reading goes on. */
function isAwaited(request: IncomingMessage): boolean {
  const { complete, readableFlowing, readableLength } = request;
  return !complete && readableFlowing !== null && !request.isPaused() && readableLength === 0;
}

/** Bytes that the system has taken for the client. */
function takenOf({ socket }: ServerResponse): number {
  return socket === null ? 0 : socket.bytesWritten - socket.writableLength;
}

class Progress {
  readonly #slowest: SlowestClient;
  #last: number;
  #moved = 0;
  #waited = 0;

  constructor(slowest: SlowestClient, start: number) {
    this.#slowest = slowest;
    this.#last = start;
  }

  /**
   * @param total bytes by now.
   * @param waited milliseconds since the last look, in which the client was waited for; `undefined` if it was not.
   * @param pending bytes that wait to be taken, all of which the system takes at once: it does not tell of fewer.
   */
  isTooSlow(total: number, waited: number | undefined, pending?: number): boolean {
    const { bytes, within } = this.#slowest;
    this.#moved += total - this.#last;
    this.#last = total;
    if (waited === undefined || pending === 0 || this.#moved >= bytes) {
      this.#moved = 0;
      this.#waited = 0;
      return false;
    }
    this.#waited += waited;
    return this.#waited >= within * Math.max(1, (pending ?? 0) / Math.max(1, bytes));
  }
}
