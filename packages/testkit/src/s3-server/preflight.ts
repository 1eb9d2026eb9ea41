import { corsHeaders } from './cors.js';
import { S3Error } from './error.js';
import { emptyResponse, type S3Response } from './operation.js';
import type { S3Request } from './request.js';
import type { Store } from './store.js';

/** Answers the OPTIONS request that a browser sends, unsigned, before a page's own. */
export function answerPreflight(store: Store, { headers, bucket, key }: S3Request): S3Response {
  const origin = headers.get('origin');
  if (origin === undefined) {
    throw new S3Error(
      { code: 'BadRequest', status: 400 },
      'Insufficient information. Origin request header needed.',
    );
  }
  const method = headers.get('access-control-request-method') ?? 'OPTIONS';
  const refused = (message?: string) =>
    new S3Error('AccessForbidden', message, {
      Method: method,
      ResourceType: key === undefined ? 'BUCKET' : 'OBJECT',
    });
  const found = store.buckets.get(bucket ?? '');
  if (!found) throw refused('CORSResponse: Bucket not found');
  const document = found.record.documents['cors'];
  if (document === undefined) throw refused('CORSResponse: CORS is not enabled for this bucket.');
  const allowed = corsHeaders(document, {
    origin,
    method,
    headers: (headers.get('access-control-request-headers') ?? '')
      .split(',')
      .map((name) => name.trim().toLowerCase())
      .filter((name) => name !== ''),
  });
  if (!allowed) throw refused();
  return emptyResponse(200, allowed);
}

/** What a browser needs on the answer, be it an error, to let the page have it. */
export function corsHeadersOf(store: Store, request: S3Request): Record<string, string> {
  const { headers, bucket, method } = request;
  const origin = headers.get('origin');
  const document = store.buckets.get(bucket ?? '')?.record.documents['cors'];
  if (origin === undefined || document === undefined) return {};
  return corsHeaders(document, { origin, method, headers: [] }) ?? {};
}
