import { ApiError, isPassing } from '../api/error.js';
import { sendBody } from './request.js';
import { rest } from './rest.js';
import type { SendTask } from './task.js';
import type { MultipartTicket, Ticket, TicketPart, UploadedPart } from './ticket.js';

/** Parts on their way at a time: browsers have six connections to a host over HTTP/1.1, and the page needs some. */
const PARALLEL = 4;

/** Tries of a part, each after a longer wait. */
const TRIES = 3;

export interface PartsOptions {
  readonly task: SendTask;
  readonly ticket: MultipartTicket;
  readonly done: readonly UploadedPart[];
  /** The ticket with fresh URLs: signed ones expire. */
  readonly renew: () => Promise<Ticket>;
}

/** Sends the parts that are not there yet, and gives all of them in order. The first that fails for good ends the others. */
export async function sendParts(options: PartsOptions): Promise<UploadedPart[]> {
  const { task, done } = options;
  const etags = new Map(done.map(({ number, etag }) => [number, etag]));
  const { parts } = options.ticket;
  const sent = new Map(parts.map(({ number, size }) => [number, etags.has(number) ? size : 0]));
  const tell = () => task.progress([...sent.values()].reduce((sum, size) => sum + size, 0));
  const failed = new AbortController();
  const signal = AbortSignal.any([task.signal, failed.signal]);
  const urls = new FreshUrls(options);
  const waiting = parts.filter(({ number }) => !etags.has(number));
  const work = async () => {
    for (let part = waiting.shift(); part !== undefined; part = waiting.shift()) {
      const { number } = part;
      const progress = (bytes: number) => {
        sent.set(number, bytes);
        tell();
      };
      etags.set(number, await sendPart(task.file, part, urls, signal, progress));
      progress(part.size);
    }
  };
  tell();
  try {
    await Promise.all(Array.from({ length: PARALLEL }, work));
  } catch (error) {
    failed.abort(error);
    throw error;
  }
  return [...etags].map(([number, etag]) => ({ number, etag })).sort((a, b) => a.number - b.number);
}

async function sendPart(
  file: File,
  part: TicketPart,
  urls: FreshUrls,
  signal: AbortSignal,
  progress: (bytes: number) => void,
): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    const { url, headers, start, size } = urls.of(part);
    try {
      const answer = await sendBody({
        method: 'PUT',
        url,
        headers,
        body: file.slice(start, start + size),
        signal,
        progress,
      });
      const etag = answer.header('etag');
      if (etag !== null) return etag;
      throw new ApiError(
        502,
        'etag_hidden',
        'The bucket’s CORS rules do not expose the ETag header: ask the operator to add it.',
      );
    } catch (error) {
      progress(0);
      const expired = error instanceof ApiError && error.status === 403;
      if (signal.aborted || attempt === TRIES || !(expired || isPassing(error))) throw error;
      if (expired) await urls.renew();
      else await rest(1_000 * 2 ** (attempt - 1), signal);
    }
  }
}

/** The URLs of the newest ticket; parts that find theirs expired at a time share one request for new ones. */
class FreshUrls {
  #parts: ReadonlyMap<number, TicketPart>;
  #renewing: Promise<void> | undefined;
  readonly #fetch: () => Promise<Ticket>;

  constructor({ ticket, renew }: PartsOptions) {
    this.#parts = byNumber(ticket);
    this.#fetch = renew;
  }

  of(part: TicketPart): TicketPart {
    return this.#parts.get(part.number) ?? part;
  }

  renew(): Promise<void> {
    this.#renewing ??= this.#fetch()
      .then((ticket) => {
        if (ticket.type === 'multipart') this.#parts = byNumber(ticket);
      })
      .finally(() => {
        this.#renewing = undefined;
      });
    return this.#renewing;
  }
}

function byNumber({ parts }: MultipartTicket): ReadonlyMap<number, TicketPart> {
  return new Map(parts.map((part) => [part.number, part]));
}
