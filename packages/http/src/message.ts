import type { Readable } from 'node:stream';

/** A request, whichever kind of server has taken it. */
export interface HttpRequest {
  /** In upper case. */
  readonly method: string;
  /** Its path and query are the client's. Its origin is of no account: it is made up, or what the client says. */
  readonly url: URL;
  /** A header by its name in lower case; values of one that came more than once are joined by `, `. */
  header(name: string): string | undefined;
  /** To be read once. */
  readonly body: Readable | undefined;
  /** Fires when the client has gone away before it was answered to the end. */
  readonly signal: AbortSignal;
}

/** The names are in lower case. */
export type HttpHeaders = Readonly<Record<string, string | readonly string[]>>;

export interface HttpResponse {
  readonly status: number;
  readonly headers: HttpHeaders;
  /** A stream is owned by whoever sends the answer: read to its end, or destroyed. */
  readonly body?: Readable | Uint8Array | string | undefined;
}

/** Answers each request. What it throws that is no `StorageError` is a mistake in the program, and left to the server. */
export type HttpHandler = (request: HttpRequest) => Promise<HttpResponse>;
