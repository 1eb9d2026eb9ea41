import { asStorageError, isStorageError, type StorageError } from '@org/storage-core';
import { failureOf } from '../../failure.js';
import { s3Error } from '../../s3-error.js';

/** Why a setting can't be read or written, where the others can. */
export interface Refusal {
  /**
   * `unsupported`: the server does not know the setting. `denied`: the role may not. `failed`: the server does not take
   * what it was given.
   */
  readonly kind: 'unsupported' | 'denied' | 'failed';
  readonly message: string;
}

interface Asked {
  readonly bucket: string;
  readonly endpoint: string;
  readonly signal: AbortSignal | undefined;
}

const UNKNOWN: readonly string[] = [
  'NotImplemented',
  'XNotImplemented',
  'MethodNotAllowed',
  'MalformedXML',
  'UnsupportedOperation',
];
/** Whoever gets these gets them for every request. */
const OF_CREDENTIALS: readonly string[] = [
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidToken',
  'TokenRefreshRequired',
  'RequestTimeTooSkewed',
];

/**
 * What a setting was refused for.
 * @throws StorageError if it is no refusal of this setting: the bucket is gone, the credentials are wrong, nobody listens.
 */
export function refusalOf(error: unknown, asked: Asked, action: string): Refusal {
  const { code, status, message } = failureOf(error);
  if (UNKNOWN.includes(code) || status === 501 || status === 405) {
    return { kind: 'unsupported', message: 'the server does not know this setting' };
  }
  if (isNoXml(error, status)) {
    return { kind: 'unsupported', message: 'the server’s answer is none to this question' };
  }
  if (status === 403 && !OF_CREDENTIALS.includes(code)) {
    return { kind: 'denied', message: `the credentials do not allow ${action}${detail(message)}` };
  }
  if (isStorageError(error, 'Unsupported')) return { kind: 'failed', message: error.message };
  const isRefusal = status !== undefined && status >= 400 && status < 500 && status !== 429;
  if (!isRefusal || code === 'NoSuchBucket' || OF_CREDENTIALS.includes(code)) {
    throw told(error, asked, 'provision');
  }
  return { kind: 'failed', message: `the server refuses ${action}: ${code}${detail(message)}` };
}

/** The error to throw for a request that failed. */
export function told(error: unknown, asked: Asked, operation: string): StorageError {
  const { signal, ...place } = asked;
  const context = { operation, provider: 's3', signal };
  return asStorageError(error, context, () =>
    s3Error(error, { ...context, bucket: place.bucket, endpoint: place.endpoint }),
  );
}

/** Whether an answer came that the SDK can't make anything of, such as a page of HTML. */
function isNoXml(error: unknown, status: number | undefined): boolean {
  if (!(error instanceof Error) || status === undefined || status >= 500) return false;
  return error.name === 'SyntaxError' || error.message.includes('Deserialization error');
}

function detail(message: string): string {
  return message === '' || message === 'UnknownError' ? '' : ` (${message})`;
}
