import type { HttpRequest } from '../src/index.js';

/** A request as a handler takes it, without a server. */
export function request(
  path: string,
  options: {
    readonly method?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: HttpRequest['body'];
    readonly signal?: AbortSignal;
  } = {},
): HttpRequest {
  const { method = 'GET', headers = {}, body, signal = new AbortController().signal } = options;
  return {
    method,
    url: new URL(`http://localhost${path}`),
    header: (name) => headers[name],
    body,
    signal,
  };
}
