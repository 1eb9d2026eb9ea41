import {
  type Condition,
  type OperationContext,
  StorageError,
  type StorageErrorCode,
} from '@org/storage-core';
import type { S3Encryption } from './encryption.js';
import { encryptionFinding } from './encryption-failure.js';
import { causeOf, type Failure, failureOf } from './failure.js';

/** What an error should tell of where it happened. */
export interface S3Context extends OperationContext {
  readonly bucket: string;
  /** URL, where it is not Amazon's. */
  readonly endpoint?: string | undefined;
  readonly condition?: Condition | undefined;
  /** The version that was asked for. */
  readonly versionId?: string | undefined;
  /** How the provider has files encrypted. */
  readonly encryption?: S3Encryption['type'] | undefined;
}

/** The error to tell. */
export type Finding = readonly [code: StorageErrorCode, message: string, retryable?: boolean];

/**
 * The `StorageError` for what the SDK threw.
 *
 * The SDK's error is not passed on as the cause: it carries the response, from which the request and its signature can be
 * reached, and all fields of the server's answer, which repeats the signature when it refuses one.
 */
export function s3Error(error: unknown, context: S3Context): StorageError {
  const failure = failureOf(error);
  const [code, message, retryable] = finding(failure, context);
  const { operation, provider, key } = context;
  return new StorageError(code, message, {
    operation,
    provider,
    ...(key === undefined ? {} : { key }),
    ...(retryable === undefined ? {} : { retryable }),
    retryAfter: failure.retryAfter,
    cause: causeOf(failure, error),
  });
}

function finding(failure: Failure, context: S3Context): Finding {
  if (context.versionId !== undefined && isVersionFailure(failure)) return missing(context);
  return (
    encryptionFinding(failure, context) ??
    byCode(failure, context) ??
    byErrno(failure, context) ??
    byStatus(failure, context)
  );
}

/** Whether a request that names a version failed because there is no such version: none, a deletion, or no id at all. */
export function isUnknownVersion(error: unknown): boolean {
  return isVersionFailure(failureOf(error));
}

function isVersionFailure({ code, status, message }: Failure): boolean {
  if (code === 'NoSuchVersion' || code === 'MethodNotAllowed' || status === 405) return true;
  return code === 'InvalidArgument' && /version/i.test(message);
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
function byCode(failure: Failure, context: S3Context): Finding | undefined {
  const { bucket, condition, key } = context;
  switch (failure.code) {
    case 'NoSuchBucket':
      return ['NotFound', `bucket ${bucket} does not exist`, false];
    case 'NoSuchKey':
      return missing(context);
    case 'NoSuchUpload':
      return [
        'Conflict',
        'the multipart upload is gone: it was aborted from elsewhere, or completed by a request whose answer was lost',
      ];
    case 'InvalidPart':
    case 'InvalidPartOrder':
    case 'EntityTooSmall':
      return context.operation === 'completeUpload'
        ? ['InvalidArgument', `the parts can’t be made a file: ${failure.message}`]
        : ['Conflict', 'the parts of the upload were changed from elsewhere'];
    case 'AccessDenied':
    case 'AllAccessDisabled':
    case 'AccountProblem':
      return [
        'AccessDenied',
        `the credentials do not allow ${context.operation} in bucket ${bucket}`,
      ];
    case 'InvalidAccessKeyId':
      return ['AccessDenied', 'the server does not know the access key id; check the credentials'];
    case 'SignatureDoesNotMatch':
      return [
        'AccessDenied',
        'the signature does not match: the secret access key is wrong, or a proxy changes the requests',
      ];
    case 'ExpiredToken':
    case 'ExpiredTokenException':
    case 'TokenRefreshRequired':
    case 'InvalidToken':
      return ['AccessDenied', 'the temporary credentials have expired; get new ones'];
    case 'RequestTimeTooSkewed':
      return ['AccessDenied', 'the clocks of this machine and of the server differ too much'];
    case 'CredentialsProviderError':
    case 'TokenProviderError':
      return [
        'AccessDenied',
        'no credentials were found; pass them, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
      ];
    case 'PermanentRedirect':
    case 'AuthorizationHeaderMalformed':
    case 'IllegalLocationConstraintException':
    case 'IncorrectEndpoint':
      return wrongRegion(failure, bucket);
    case 'PreconditionFailed':
      return condition?.type === 'absent'
        ? ['AlreadyExists', `${key} exists already`]
        : ['PreconditionFailed', 'the file is not the expected version: it has changed'];
    case 'ConditionalRequestConflict':
    case 'OperationAborted':
      return ['Conflict', 'another request changes the same file at this moment; try again'];
    case 'SlowDown':
    case 'RequestLimitExceeded':
    case 'TooManyRequests':
    case 'Throttling':
    case 'ThrottlingException':
    case 'BandwidthLimitExceeded':
      return ['Throttled', 'the server asks to slow down'];
    case 'RequestTimeout':
      return ['Timeout', 'the server waited too long for the request’s bytes'];
    case 'EntityTooLarge':
    case 'MetadataTooLarge':
    case 'MaxMessageLengthExceeded':
      return ['TooLarge', `the server refuses it as too large: ${failure.message}`];
    case 'BadDigest':
    case 'InvalidDigest':
    case 'XAmzContentSHA256Mismatch':
    case 'XAmzContentChecksumMismatch':
      return [
        'ChecksumMismatch',
        'the server received other bytes than were sent; nothing was stored',
      ];
    case 'QuotaExceeded':
    case 'ServiceQuotaExceeded':
    case 'ServiceQuotaExceededException':
    case 'InsufficientCapacity':
    case 'XMinioStorageFull':
      return ['QuotaExceeded', `there is no more room in bucket ${bucket}`];
    case 'AccessControlListNotSupported':
      return [
        'Unsupported',
        `bucket ${bucket} has no access control lists; leave the option acl out, and share files by a bucket policy or signed URLs`,
      ];
    case 'InternalError':
      return ['Unavailable', `the server failed with status ${failure.status}: ${failure.message}`];
    case 'NotImplemented':
      return ['Unsupported', `the server can’t do it: ${failure.message}`];
    case 'KeyTooLongError':
    case 'InvalidObjectName':
    case 'XMinioInvalidObjectName':
      return ['InvalidKey', `the server refuses the key: ${failure.message}`];
    case 'InvalidRange':
      return ['InvalidRange', 'the range has no byte in the file'];
    case 'InvalidObjectState':
      return ['Unavailable', 'the object is archived; restore it before reading it', false];
    case 'InvalidBucketName':
      return ['InvalidArgument', `${JSON.stringify(bucket)} is not a name for a bucket`];
    default:
      return undefined;
  }
}

function byErrno(failure: Failure, context: S3Context): Finding | undefined {
  const server = context.endpoint ?? 'Amazon S3';
  switch (failure.errno) {
    case 'ECONNREFUSED':
      return ['Unavailable', `nobody listens at ${server}`];
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return ['Unavailable', `the host name of ${server} can’t be resolved`];
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return ['Unavailable', `there is no way to ${server}`];
    case 'ECONNRESET':
    case 'EPIPE':
    case 'ERR_STREAM_PREMATURE_CLOSE':
      return ['Unavailable', `the connection to ${server} broke`];
    case 'ETIMEDOUT':
      return ['Timeout', `${server} did not answer in time`];
    default:
      if (failure.code === 'TimeoutError') return ['Timeout', `${server} did not answer in time`];
      return failure.errno !== undefined &&
        /^(ERR_TLS|CERT_|.*_CERT|UNABLE_TO_)/.test(failure.errno)
        ? ['Unavailable', `the certificate of ${server} is not trusted: ${failure.message}`, false]
        : undefined;
  }
}

/** For answers without a body (to HEAD), and codes that are not listed. */
function byStatus(failure: Failure, context: S3Context): Finding {
  const { status, message } = failure;
  switch (status) {
    case 301:
    case 307:
      return wrongRegion(failure, context.bucket);
    case 401:
    case 403:
      return [
        'AccessDenied',
        `the credentials do not allow ${context.operation} in bucket ${context.bucket}`,
      ];
    case 404:
      return context.key === undefined
        ? ['NotFound', `bucket ${context.bucket} does not exist`, false]
        : missing(context);
    case 409:
      return ['Conflict', 'another request changes the same file at this moment; try again'];
    case 412:
      return finding({ ...failure, code: 'PreconditionFailed' }, context);
    case 413:
      return ['TooLarge', 'the server refuses it as too large'];
    case 416:
      return ['InvalidRange', 'the range has no byte in the file'];
    case 429:
    case 503:
      return ['Throttled', 'the server asks to slow down'];
    case 408:
    case 504:
      return ['Timeout', 'the server did not answer in time'];
    case 501:
      return ['Unsupported', `the server can’t do it: ${message}`];
    case 507:
      return ['QuotaExceeded', `there is no more room in bucket ${context.bucket}`];
    default:
      return status !== undefined && status >= 500
        ? ['Unavailable', `the server failed with status ${status}: ${message}`]
        : ['Unknown', `${context.operation} failed: ${failure.code}: ${message}`];
  }
}

function missing(context: S3Context): Finding {
  const { versionId } = context;
  if (versionId !== undefined) {
    return [
      'NotFound',
      `there is no version ${versionId} of ${context.key} in bucket ${context.bucket}, or it is a deletion`,
    ];
  }
  return context.condition === undefined || context.operation === 'download'
    ? ['NotFound', `there is no file ${context.key} in bucket ${context.bucket}`]
    : ['PreconditionFailed', 'the file is not the expected version: there is no such file'];
}

function wrongRegion(failure: Failure, bucket: string): Finding {
  const right = failure.region === undefined ? 'another region' : `region ${failure.region}`;
  return ['InvalidArgument', `bucket ${bucket} is in ${right}; set the option region to it`];
}
