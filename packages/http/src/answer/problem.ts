import { STATUS_CODES } from 'node:http';
import type { HttpHeaders, HttpResponse } from '../message.js';

export interface ProblemOptions {
  /** What programs go by, such as the code of a `StorageError`. */
  readonly code?: string | undefined;
  /** For people. Default: none, since the title says it. */
  readonly detail?: string | undefined;
  readonly headers?: HttpHeaders | undefined;
}

/** An answer that says what went wrong as `application/problem+json`, https://www.rfc-editor.org/rfc/rfc9457 */
export function problem(status: number, options: ProblemOptions = {}): HttpResponse {
  const { code, detail, headers } = options;
  const title = STATUS_CODES[status] ?? 'Client Closed Request';
  const body = JSON.stringify({ title, status, code, detail });
  return {
    status,
    headers: {
      'content-type': 'application/problem+json',
      'content-length': String(Buffer.byteLength(body)),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...headers,
    },
    body,
  };
}

/** @param allowed the methods that there are. */
export function methodNotAllowed(allowed: readonly string[]): HttpResponse {
  return problem(405, { headers: { allow: allowed.join(', ') } });
}
