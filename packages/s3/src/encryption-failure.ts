import type { Failure } from './failure.js';
import type { Finding, S3Context } from './s3-error.js';

/** What servers say of a key of the customer (SSE-C), or of KMS. */
export function encryptionFinding(failure: Failure, context: S3Context): Finding | undefined {
  const { code, status, message } = failure;
  const { encryption, operation, bucket } = context;
  if (code.startsWith('KMS.')) {
    return ['AccessDenied', `the key of KMS can’t be used: ${code}: ${message}`];
  }
  const told = /encrypt|kms|hash of the key/i.test(message);
  if (/^Invalid(Request|Argument)$/.test(code)) {
    if (told && encryption === 'sse-c') {
      return [
        'AccessDenied',
        `the file is not encrypted with the key of the option encryption: ${message}`,
      ];
    }
    if (told && READING.has(operation)) {
      return [
        'AccessDenied',
        `the file is encrypted with a key that the server does not keep (SSE-C); give it as the option encryption: ${message}`,
      ];
    }
    // Ceph without a store of keys gives no reason.
    if (encryption !== undefined && (told || message === 'UnknownError')) {
      return [
        'Unsupported',
        `the server does not encrypt as the option encryption asks: ${message}`,
      ];
    }
  }
  return encryption === 'sse-c' && READING.has(operation) && isDenied(code, status)
    ? [
        'AccessDenied',
        `the key of the option encryption is not the one that the file was encrypted with, or the credentials do not allow ${operation} in bucket ${bucket}`,
      ]
    : undefined;
}

/** Operations that need the key that a file was encrypted with. */
const READING = new Set(['download', 'stat', 'exists', 'copy', 'move', 'restoreVersion']);

/** An answer to HEAD has no code of its own. */
function isDenied(code: string, status: number | undefined): boolean {
  return status === 403 && !/^(Invalid|Signature|Expired|RequestTime|Token)/.test(code);
}
