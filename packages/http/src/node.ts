import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { discard, hasNoBody } from './answer/body.js';
import { checkedHeaders } from './answer/headers.js';
import { problem } from './answer/problem.js';
import type { HttpHandler, HttpHeaders, HttpRequest, HttpResponse } from './message.js';
import { drain, hasBody, incomingBody } from './node-body.js';
import { cutSlowClient, type SlowestClient } from './slow-clients.js';

/** Stands for whatever host the client has named. */
const ORIGIN = 'http://localhost';

/** Takes what a handler throws: Express's and Connect's `next`. */
export type Next = (error: unknown) => void;

export interface NodeListenerOptions {
  /** Which clients are cut off. Default: who sends or takes fewer than 16 KiB in two minutes of waiting; `false`: none. */
  readonly slowest?: SlowestClient | false | undefined;
}

/**
 * A handler as a listener of Node's `http`, and so of Express, and of Fastify and Nest by their raw request and response. It resolves when
 * the answer is sent, or the client has gone. What the handler throws is handed to `next`; without one it is answered with 500, and told as a
 * warning of the process.
 */
export function nodeListener(
  handler: HttpHandler,
  { slowest }: NodeListenerOptions = {},
): (request: IncomingMessage, response: ServerResponse, next?: Next) => Promise<void> {
  return async (request, response, next) => {
    if (slowest !== false) cutSlowClient(request, response, slowest);
    try {
      await sendResponse(response, await handler(nodeRequest(request, response)));
    } catch (error) {
      if (next !== undefined) return next(error);
      process.emitWarning(error instanceof Error ? error : String(error));
      if (response.headersSent) response.destroy();
      else await sendResponse(response, problem(500));
    }
  };
}

/**
 * A request of Node's `http` as the handlers take it, with the path that the client has sent, also where Express has mounted the listener below
 * one.
 */
export function nodeRequest(request: IncomingMessage, response: ServerResponse): HttpRequest {
  const gone = new AbortController();
  const left = () => {
    if (!response.writableFinished) gone.abort();
  };
  if (response.closed || response.destroyed) left();
  else response.once('close', left);
  const { method = 'GET', headers } = request;
  return {
    method,
    url: targetOf(request),
    header: (name) => {
      const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
      return Array.isArray(value) ? value.join(', ') : value;
    },
    body: hasBody(request) ? incomingBody(request) : undefined,
    signal: gone.signal,
  };
}

/** Of a target in its absolute form, as a proxy is sent it, the host is of no account. */
function targetOf(request: IncomingMessage): URL {
  const mounted = 'originalUrl' in request ? request.originalUrl : undefined;
  const target = typeof mounted === 'string' ? mounted : (request.url ?? '/');
  if (target.startsWith('/')) return new URL(ORIGIN + target);
  const absolute = URL.canParse(target) ? new URL(target) : undefined;
  if (absolute === undefined || !/^https?:$/.test(absolute.protocol))
    return new URL(`${ORIGIN}/${encodeURIComponent(target)}`); // such as the * of OPTIONS
  return new URL(ORIGIN + absolute.pathname + absolute.search);
}

/**
 * Sends an answer with the body's pace at the client's. One whose body fails half-way cuts the connection: it must not look whole. Where
 * the client is still sending what nobody has read, a little more of it is read so that it sees the answer, then the connection is cut.
 * @throws TypeError for a header that can't be sent.
 */
export async function sendResponse(response: ServerResponse, answer: HttpResponse): Promise<void> {
  const { req: request } = response;
  if (response.destroyed || response.headersSent) return discard(answer);
  const body = hasNoBody(request.method ?? 'GET', answer.status) ? undefined : answer.body;
  if (body === undefined) discard(answer);
  try {
    writeHead(response, answer.status, answer.headers, body);
  } catch (error) {
    discard(answer);
    throw error;
  }
  if (body instanceof Readable) {
    try {
      await pipeline(body, response, { end: false });
    } catch {
      response.destroy();
      return;
    }
  }
  const rest = body instanceof Readable ? undefined : body;
  if (!hasBody(request) || request.complete) {
    response.end(rest);
    return;
  }
  if (rest !== undefined) response.write(rest);
  else response.flushHeaders();
  if (await drain(request)) response.end();
  else response.destroy();
}

function writeHead(
  response: ServerResponse,
  status: number,
  headers: HttpHeaders,
  body: HttpResponse['body'],
): void {
  const checked = checkedHeaders(headers);
  response.statusCode = status;
  for (const [name, values] of checked)
    response.setHeader(name, values.length === 1 ? values.join() : values);
  const known = typeof body === 'string' || body instanceof Uint8Array;
  if (known && !response.hasHeader('content-length'))
    response.setHeader('content-length', Buffer.byteLength(body));
}
