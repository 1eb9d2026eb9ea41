import { type Claim, parseTimestamp, splitCredential } from './claim.js';
import { S3Error } from './error.js';
import type { S3Request } from './request.js';
import { ALGORITHM } from './signature.js';

const MAXIMUM_EXPIRES_S = 7 * 24 * 60 * 60;

/** The claim of a presigned URL. https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html */
export function readPresigned({ query, headers }: S3Request): Claim {
  const required = (name: string): string => {
    const value = query.get(name);
    if (value) return value;
    throw queryError(
      'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.',
    );
  };
  const timestamp = required('X-Amz-Date');
  const expiresText = required('X-Amz-Expires');
  const claim: Claim = {
    ...splitCredential(required('X-Amz-Credential'), (reason) =>
      queryError(`Error parsing the X-Amz-Credential parameter; ${reason}`),
    ),
    timestamp,
    signedHeaders: required('X-Amz-SignedHeaders').toLowerCase().split(';'),
    signature: required('X-Amz-Signature'),
    payloadHash:
      headers.get('x-amz-content-sha256') ??
      query.get('X-Amz-Content-Sha256') ??
      'UNSIGNED-PAYLOAD',
    sessionToken: query.get('X-Amz-Security-Token') ?? headers.get('x-amz-security-token'),
    expires: /^-?\d+$/.test(expiresText) ? Number(expiresText) : Number.NaN,
  };
  if (query.get('X-Amz-Algorithm') !== ALGORITHM) {
    throw queryError(`X-Amz-Algorithm only supports "${ALGORITHM}"`);
  }
  if (parseTimestamp(timestamp) === undefined) {
    throw queryError(`X-Amz-Date must be in the ISO8601 Long Format "yyyyMMdd'T'HHmmss'Z'"`);
  }
  const { expires } = claim;
  if (Number.isNaN(expires)) throw queryError('X-Amz-Expires should be a number');
  if (expires !== undefined && expires < 0) throw queryError('X-Amz-Expires must be non-negative');
  if (expires !== undefined && expires > MAXIMUM_EXPIRES_S) {
    throw queryError(
      `X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than ${MAXIMUM_EXPIRES_S} seconds`,
    );
  }
  return claim;
}

function queryError(message: string): S3Error {
  return new S3Error('AuthorizationQueryParametersError', message);
}
