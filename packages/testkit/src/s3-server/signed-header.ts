import { type Claim, parseTimestamp, splitCredential } from './claim.js';
import { S3Error } from './error.js';
import type { S3Request } from './request.js';
import { ALGORITHM } from './signature.js';

/** The claim of an Authorization header. */
export function readSignedHeader(request: S3Request, authorization: string): Claim {
  const [algorithm = '', ...rest] = authorization.trim().split(/\s+/);
  if (algorithm !== ALGORITHM) {
    throw new S3Error('InvalidRequest', `Please use ${ALGORITHM}.`);
  }
  const fields = new Map(
    rest
      .join('')
      .split(',')
      .map((field) => {
        const equals = field.indexOf('=');
        return [field.slice(0, equals), field.slice(equals + 1)] as const;
      }),
  );
  const credential = fields.get('Credential');
  const signedHeaders = fields.get('SignedHeaders');
  const signature = fields.get('Signature');
  if (!credential || !signedHeaders || !signature) {
    throw headerMalformed(
      'The authorization header requires three components: Credential, SignedHeaders and Signature.',
    );
  }
  const payloadHash = request.headers.get('x-amz-content-sha256');
  if (payloadHash === undefined) {
    throw new S3Error(
      'InvalidRequest',
      'Missing required header for this request: x-amz-content-sha256',
    );
  }
  const timestamp =
    request.headers.get('x-amz-date') ?? basicTimestamp(request.headers.get('date'));
  if (!timestamp || parseTimestamp(timestamp) === undefined) {
    throw new S3Error(
      'AccessDenied',
      'AWS authentication requires a valid Date or x-amz-date header',
    );
  }
  return {
    ...splitCredential(credential, headerMalformed),
    timestamp,
    signedHeaders: signedHeaders.toLowerCase().split(';'),
    signature,
    payloadHash,
    sessionToken: request.headers.get('x-amz-security-token'),
    expires: undefined,
  };
}

function headerMalformed(reason: string): S3Error {
  return new S3Error(
    'AuthorizationHeaderMalformed',
    `The authorization header is malformed; ${reason}`,
  );
}

function basicTimestamp(date: string | undefined): string | undefined {
  if (date === undefined) return undefined;
  if (parseTimestamp(date) !== undefined) return date;
  const time = Date.parse(date);
  if (Number.isNaN(time)) return undefined;
  return new Date(time).toISOString().replace(/[-:]|\.\d{3}/g, '');
}
