import { type AbsentCondition, grantedUpload } from '@org/storage-core';
import { problem } from '../answer/problem.js';
import type { HttpRequest, HttpResponse } from '../message.js';
import type { SignedUrlHandlerOptions } from './options.js';
import { stored } from './stored.js';

/** @throws StorageError */
export async function receivePut(
  request: HttpRequest,
  { storage, signer }: SignedUrlHandlerOptions,
): Promise<HttpResponse> {
  const { url, header, signal } = request;
  const grant = signer.verify({ method: 'PUT', url: url.pathname + url.search });
  if (grant.type !== 'put') return problem(403, { code: 'AccessDenied' });
  const unknown = ignoredMeaning(request);
  if (unknown !== undefined) return unknown;
  const length = header('content-length');
  const { body, options } = grantedUpload(grant, {
    body: request.body ?? new Uint8Array(),
    contentType: header('content-type'),
    contentLength:
      request.body === undefined ? 0 : length === undefined ? undefined : Number(length),
  });
  const absent: AbsentCondition | undefined =
    header('if-none-match')?.trim() === '*' ? { type: 'absent' } : undefined;
  const condition = options.condition ?? absent;
  const given = condition === undefined ? options : { ...options, condition };
  return stored(200, request, await storage.upload(grant.key, body, { ...given, signal }));
}

/** What a client would have us do beside storing the bytes as they are: better refused than passed over. */
function ignoredMeaning({ header }: HttpRequest): HttpResponse | undefined {
  const encoding = header('content-encoding')?.trim().toLowerCase() ?? 'identity';
  if (encoding !== 'identity') return problem(415, { headers: { 'accept-encoding': 'identity' } });
  if (header('content-range') !== undefined) return problem(400); // RFC 9110, section 14.5
  if (header('if-match') !== undefined) return problem(501, { code: 'Unsupported' });
  return undefined;
}
