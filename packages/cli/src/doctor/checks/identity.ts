import { isStorageError, type StorageError } from '@org/storage-core';
import type { Patience } from '@org/storage-s3/provision';
import { type Check, type Finding, failure, note, ok } from '../check.js';
import type { BucketPatient } from '../patient.js';

const EXPIRED =
  'get new ones (aws sso login, or whatever gave them), and set AWS_SESSION_TOKEN with them';

/** By S3’s codes: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
const MENDS: Readonly<Record<string, string>> = {
  InvalidAccessKeyId:
    'look whether the key was deleted, and whether it is of this server, and not of another',
  SignatureDoesNotMatch:
    'copy the secret access key again, and look for a blank or a line end in it; a proxy that rewrites requests does this, too',
  ExpiredToken: EXPIRED,
  ExpiredTokenException: EXPIRED,
  TokenRefreshRequired: EXPIRED,
  InvalidToken: 'the session token is not of these keys: set all three anew',
  RequestTimeTooSkewed: 'set this machine’s clock',
};

export const identity: Check = {
  id: 'identity',
  title: 'Whether the server accepts the credentials',
  needs: ['clock', 'credentials'],
  hindrance: 'the server does not accept the credentials',
  answers: 2,
  applies: ({ bucket }) => bucket !== undefined,
  async run({ bucket, limit }, signal) {
    if (bucket === undefined) return [];
    const error = await reached(bucket, { signal, limit });
    const mend = MENDS[codeOf(error)];
    if (error !== undefined && mend !== undefined) return [failure(error.message, mend)];
    if (error !== undefined && isOutage(error)) return [failure(error.message)];
    return [await whoAmI(bucket, { signal, limit })];
  },
};

/** What a first request to the bucket failed with. */
export async function reached(
  { inspection }: BucketPatient,
  patience: Patience,
): Promise<StorageError | undefined> {
  try {
    await inspection.reach(patience);
    return undefined;
  } catch (error) {
    if (isStorageError(error)) return error;
    throw error;
  }
}

/** S3’s code. */
export function codeOf(error: StorageError | undefined): string {
  return error?.cause instanceof Error ? error.cause.name : '';
}

function isOutage({ code }: StorageError): boolean {
  return ['Unavailable', 'Timeout', 'Throttled', 'Unknown', 'Aborted'].includes(code);
}

async function whoAmI({ inspection }: BucketPatient, patience: Patience): Promise<Finding> {
  try {
    const owner = await inspection.owner(patience);
    return ok(owner === undefined ? 'the credentials are accepted' : `accepted, as ${owner}`);
  } catch (error) {
    if (isStorageError(error, 'AccessDenied')) {
      const named = namedIn(error);
      return ok(
        named === undefined
          ? 'accepted; whose they are is unknown: it may not be asked (s3:ListAllMyBuckets)'
          : `accepted, as ${named}`,
      );
    }
    return note('accepted; the server does not tell whose they are');
  }
}

/**
 * Amazon S3 names in its refusal who has asked, to those of the same account:
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html
 */
function namedIn({ cause }: StorageError): string | undefined {
  const text = cause instanceof Error ? cause.message : '';
  return /^User: (arn:[^\s:]+:(?:iam|sts)::\d{12}:\S+) is not authorized /.exec(text)?.[1];
}
