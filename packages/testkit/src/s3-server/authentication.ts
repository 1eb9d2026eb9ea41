import type { Account } from './account.js';
import { type Claim, parseTimestamp } from './claim.js';
import { S3Error } from './error.js';
import { type PayloadDeclaration, parsePayloadDeclaration } from './payload-declaration.js';
import { readPresigned } from './presigned.js';
import type { S3Request } from './request.js';
import { canonicalRequest, sameSignature, sign, signingKey, stringToSign } from './signature.js';
import { readSignedHeader } from './signed-header.js';

export interface Authentication {
  /** Undefined for an anonymous request. */
  readonly account: Account | undefined;
  readonly payload: PayloadDeclaration;
}

export const ANONYMOUS: Authentication = {
  account: undefined,
  payload: { type: 'unsigned' },
};

const MAXIMUM_SKEW_MS = 15 * 60 * 1000;

/** Finds out who sent the request, if it says, or throws what S3 answers. The body is yet to be checked against `payload`. */
export function authenticate(
  request: S3Request,
  accounts: ReadonlyMap<string, Account>,
  region: string,
  now: number,
): Authentication {
  const claim = readClaim(request);
  if (!claim) return ANONYMOUS;
  const account = accountOfKey(accounts, claim.accessKeyId);
  checkScope(claim, region);
  checkTime(claim, now);
  checkSessionToken(claim.sessionToken, account);
  checkSignedHeaders(request, claim);
  const key = signingKey(account.credentials.secretAccessKey, claim.scope);
  const canonical = canonicalRequest(request, claim.signedHeaders, claim.payloadHash);
  const text = stringToSign(claim.timestamp, claim.scope, canonical);
  if (!sameSignature(sign(key, text), claim.signature)) {
    throw new S3Error('SignatureDoesNotMatch', undefined, {
      AWSAccessKeyId: claim.accessKeyId,
      StringToSign: text,
      SignatureProvided: claim.signature,
      CanonicalRequest: canonical,
    });
  }
  const { timestamp, scope, signature } = claim;
  const signing = { key, timestamp, scope, signature };
  return { account, payload: parsePayloadDeclaration(claim.payloadHash, signing) };
}

export function accountOfKey(accounts: ReadonlyMap<string, Account>, accessKeyId: string): Account {
  const account = accounts.get(accessKeyId);
  if (account) return account;
  throw new S3Error('InvalidAccessKeyId', undefined, { AWSAccessKeyId: accessKeyId });
}

function readClaim(request: S3Request): Claim | undefined {
  const authorization = request.headers.get('authorization');
  const inQuery = request.query.has('X-Amz-Algorithm') || request.query.has('X-Amz-Signature');
  if (authorization !== undefined && inQuery) {
    throw new S3Error(
      'InvalidArgument',
      'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified',
      { ArgumentName: 'Authorization', ArgumentValue: authorization },
    );
  }
  if (inQuery) return readPresigned(request);
  return authorization === undefined ? undefined : readSignedHeader(request, authorization);
}

function checkScope(claim: Claim, region: string): void {
  const { scope, timestamp } = claim;
  const wrong = (reason: string, detail = {}) =>
    claim.expires === undefined
      ? new S3Error(
          'AuthorizationHeaderMalformed',
          `The authorization header is malformed; ${reason}`,
          detail,
        )
      : new S3Error(
          'AuthorizationQueryParametersError',
          `Error parsing the X-Amz-Credential parameter; ${reason}`,
          detail,
        );
  if (scope.region !== region) {
    throw wrong(`the region '${scope.region}' is wrong; expecting '${region}'`, { Region: region });
  }
  if (scope.service !== 's3') {
    throw wrong(`incorrect service "${scope.service}". This endpoint belongs to "s3".`);
  }
  if (scope.date !== timestamp.slice(0, 8)) {
    throw wrong(
      `Invalid credential date "${scope.date}". This date is not the same as X-Amz-Date: "${timestamp.slice(0, 8)}".`,
    );
  }
}

function checkTime(claim: Claim, now: number): void {
  const time = parseTimestamp(claim.timestamp) ?? Number.NaN;
  if (claim.expires !== undefined) {
    if (time - now > MAXIMUM_SKEW_MS) {
      throw new S3Error('AccessDenied', 'Request is not yet valid', {
        ServerTime: new Date(now).toISOString(),
      });
    }
    const end = time + claim.expires * 1000;
    if (now > end) {
      throw new S3Error('AccessDenied', 'Request has expired', {
        'X-Amz-Expires': claim.expires,
        Expires: new Date(end).toISOString(),
        ServerTime: new Date(now).toISOString(),
      });
    }
  } else if (!(Math.abs(time - now) <= MAXIMUM_SKEW_MS)) {
    throw new S3Error('RequestTimeTooSkewed', undefined, {
      RequestTime: claim.timestamp,
      ServerTime: new Date(now).toISOString(),
      MaxAllowedSkewMilliseconds: MAXIMUM_SKEW_MS,
    });
  }
}

export function checkSessionToken(token: string | undefined, { credentials }: Account): void {
  const { sessionToken: expected, accessKeyId } = credentials;
  if (expected === token) return;
  if (expected === undefined || token !== undefined) throw new S3Error('InvalidToken');
  throw new S3Error('InvalidAccessKeyId', undefined, { AWSAccessKeyId: accessKeyId });
}

/** A header that isn't signed could have been added on the way. */
function checkSignedHeaders(request: S3Request, claim: Claim): void {
  const signed = new Set(claim.signedHeaders);
  const unsigned = [...request.headers.sentNames()].filter(
    (name) => (name === 'host' || name.startsWith('x-amz-')) && !signed.has(name),
  );
  if (unsigned.length > 0 || !signed.has('host')) {
    throw new S3Error(
      'AccessDenied',
      'There were headers present in the request which were not signed',
      { HeadersNotSigned: unsigned.join(', ') || 'host' },
    );
  }
}
