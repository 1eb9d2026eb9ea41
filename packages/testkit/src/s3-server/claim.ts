import type { S3Error } from './error.js';
import type { Scope } from './signature.js';

/** What a request claims, in its Authorization header or its query. */
export interface Claim {
  readonly accessKeyId: string;
  readonly scope: Scope;
  readonly timestamp: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly payloadHash: string;
  readonly sessionToken: string | undefined;
  /** Seconds from the timestamp for which a presigned URL is good; undefined for a signed header. */
  readonly expires: number | undefined;
}

/** `<access key>/<date>/<region>/<service>/aws4_request`; the access key itself may hold slashes. */
export function splitCredential(
  credential: string,
  malformed: (reason: string) => S3Error,
): { accessKeyId: string; scope: Scope } {
  const fields = credential.split('/');
  const [date, region, service, terminator] = fields.slice(-4);
  const accessKeyId = fields.slice(0, -4).join('/');
  if (!accessKeyId || !date || !region || !service || terminator !== 'aws4_request') {
    throw malformed(
      `the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".`,
    );
  }
  return { accessKeyId, scope: { date, region, service } };
}

/** Milliseconds since 1970 of an ISO 8601 basic timestamp. */
export function parseTimestamp(timestamp: string): number | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(timestamp);
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(time) ? undefined : time;
}
