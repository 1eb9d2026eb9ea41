import { Readable } from 'node:stream';
import type { ReadableStream as WebStream } from 'node:stream/web';
import { discard, hasNoBody } from './answer/body.js';
import { checkedHeaders } from './answer/headers.js';
import type { HttpHandler, HttpRequest, HttpResponse } from './message.js';

/** A handler for servers that go by `Request` and `Response`: Hono, Next, Bun. What the handler throws is the server's. */
export function fetchHandler(handler: HttpHandler): (request: Request) => Promise<Response> {
  return async (request) => fetchResponse(await handler(fetchRequest(request)), request);
}

/** A `Request` as the handlers take it. */
export function fetchRequest(request: Request): HttpRequest {
  const { method, url, headers, body, signal } = request;
  return {
    method,
    url: new URL(url),
    header: (name) => headers.get(name) ?? undefined,
    body: body === null ? undefined : Readable.fromWeb(body as WebStream<Uint8Array>),
    signal,
  };
}

/**
 * An answer as a `Response`. Cancelling its body destroys the stream, and so does the signal of the request that it is for.
 * @throws TypeError for a header that can't be sent.
 */
export function fetchResponse(
  answer: HttpResponse,
  { method, signal }: Pick<Request, 'method' | 'signal'>,
): Response {
  const { status, headers } = answer;
  try {
    const list = checkedHeaders(headers).flatMap(([name, values]) =>
      values.map((value): [string, string] => [name, value]),
    );
    const body = hasNoBody(method, status) ? undefined : answer.body;
    if (body === undefined) discard(answer);
    const content = body instanceof Readable ? webStream(body, signal) : copied(body);
    return new Response(content, { status, headers: list });
  } catch (error) {
    discard(answer);
    throw error;
  }
}

/** `Response` takes no bytes that may lie in shared memory. */
function copied(body: Uint8Array | string | undefined): Uint8Array<ArrayBuffer> | string | null {
  return body instanceof Uint8Array ? new Uint8Array(body) : (body ?? null);
}

/** Reads when it is read, and not ahead; `Readable.toWeb` would keep chunks of its own. */
function webStream(body: Readable, signal: AbortSignal): ReadableStream<Uint8Array> {
  const chunks: AsyncIterator<Uint8Array> = body[Symbol.asyncIterator]();
  let leave = () => {};
  const stream = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        leave = () => {
          body.destroy();
          controller.error(signal.reason);
        };
      },
      async pull(controller) {
        const { done, value } = await chunks.next();
        if (done === true) controller.close();
        else controller.enqueue(value);
      },
      cancel() {
        body.destroy();
      },
    },
    { highWaterMark: 0 },
  );
  body.once('close', () => signal.removeEventListener('abort', leave));
  if (signal.aborted) leave();
  else signal.addEventListener('abort', leave, { once: true });
  return stream;
}
