import { methodNotAllowed, problem } from '../answer/problem.js';
import { decodedPath } from '../download/path-key.js';
import type { HttpHandler, HttpRequest } from '../message.js';

export interface RedirectHandlerOptions {
  /**
   * Where a file is now, such as `/files/7/my%20photo.jpg`, with percent encoding; `undefined` is answered with 404.
   * @param path of the old URL, without the slash at its start and without percent encoding.
   */
  readonly to: (
    path: string,
    request: HttpRequest,
  ) => string | undefined | Promise<string | undefined>;
  /** Default 301, for good. */
  readonly status?: 301 | 302 | 307 | 308 | undefined;
  /** Default `private, no-cache`: whether there is such a file may depend on who asks. */
  readonly cacheControl?: string | undefined;
  /** Where else than on this site a target may be, such as `https://files.example.com`. Default: nowhere. */
  readonly origins?: readonly string[] | undefined;
}

/** Stands for this site. */
const HERE = 'http://here.invalid';

/**
 * Sends old URLs to new ones. A target that would lead to another site, such as `//evil.example/x` made of a client's path, is answered
 * with 404.
 */
export function redirectHandler(options: RedirectHandlerOptions): HttpHandler {
  const { to, status = 301, cacheControl = 'private, no-cache', origins = [] } = options;
  return async (request) => {
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return methodNotAllowed(['GET', 'HEAD']);
    const path = decodedPath(request.url.pathname.slice(1));
    const target = path === undefined ? undefined : await to(path, request);
    const location = target === undefined ? undefined : locationOf(target, origins);
    if (location === undefined) return problem(404, { code: 'NotFound' });
    const headers = { location, 'cache-control': cacheControl, 'content-length': '0' };
    return { status, headers };
  };
}

/** `undefined` of a target that leads elsewhere, by whatever spelling. */
function locationOf(target: string, origins: readonly string[]): string | undefined {
  const url = URL.canParse(target, HERE) ? new URL(target, HERE) : undefined;
  if (url === undefined) return undefined;
  if (origins.includes(url.origin)) return url.href;
  if (url.origin !== HERE || !target.startsWith('/') || url.pathname.startsWith('//'))
    return undefined;
  return url.pathname + url.search + url.hash;
}
