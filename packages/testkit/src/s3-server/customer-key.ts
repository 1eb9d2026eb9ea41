import { createHash } from 'node:crypto';
import type { Encryption } from './encryption.js';
import { invalidArgument, S3Error } from './error.js';
import type { RequestHeaders } from './request.js';

/**
 * Encryption with the customer's key (SSE-C): the key comes with every request and is not kept.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerSideEncryptionCustomerKeys.html
 *
 * S3 takes such a key over TLS alone; this server, which has none, takes it all the same.
 */
export interface CustomerKey {
  /** SHA-256 in hexadecimal. */
  readonly digest: string;
}

/** Whose key it is in the headers: that of the object itself, or that of the source of a copy. */
export type KeyOwner = 'object' | 'copy-source';

const KEY_BYTES = 32;

function headerNames(owner: KeyOwner) {
  const prefix = `x-amz-${owner === 'object' ? '' : 'copy-source-'}server-side-encryption-customer-`;
  return { algorithm: `${prefix}algorithm`, key: `${prefix}key`, md5: `${prefix}key-md5` };
}

/** The key in the headers, of the right length and with the right MD5; undefined if none of them is there. */
export function parseCustomerKey(
  headers: RequestHeaders,
  owner: KeyOwner = 'object',
): CustomerKey | undefined {
  const names = headerNames(owner);
  const algorithm = headers.get(names.algorithm);
  const key = headers.get(names.key);
  const md5 = headers.get(names.md5);
  if (algorithm === undefined && key === undefined && md5 === undefined) return undefined;
  if (algorithm === undefined) {
    throw missing('a valid encryption algorithm', names.algorithm);
  }
  if (algorithm !== 'AES256') {
    throw new S3Error('InvalidEncryptionAlgorithmError', undefined, {
      ArgumentName: names.algorithm,
      ArgumentValue: algorithm,
    });
  }
  if (key === undefined) throw missing('an appropriate secret key', names.key);
  const bytes = Buffer.from(key, 'base64');
  if (bytes.length !== KEY_BYTES || bytes.toString('base64') !== key) {
    throw invalidArgument(
      'The secret key was invalid for the specified algorithm.',
      names.key,
      'null',
    );
  }
  if (md5 === undefined) throw missing('the client calculated MD5 of the secret key', names.md5);
  if (createHash('md5').update(bytes).digest('base64') !== md5) {
    throw invalidArgument(
      'The calculated MD5 hash of the key did not match the hash that was provided.',
      names.md5,
      md5,
    );
  }
  return { digest: createHash('sha256').update(bytes).digest('hex') };
}

/** Throws what S3 answers to a read without the key that the object was written with. */
export function checkReadKey(
  headers: RequestHeaders,
  encryption: Encryption,
  owner: KeyOwner = 'object',
): void {
  const key = parseCustomerKey(headers, owner);
  if (encryption.type !== 'customer') {
    if (!key) return;
    throw new S3Error(
      'InvalidRequest',
      'The encryption parameters are not applicable to this object.',
    );
  }
  if (!key) {
    throw new S3Error(
      'InvalidRequest',
      'The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object.',
    );
  }
  if (key.digest !== encryption.keyDigest) throw new S3Error('AccessDenied');
}

/** Throws what S3 answers to a part without the key that its upload was begun with. */
export function checkPartKey(headers: RequestHeaders, encryption: Encryption): void {
  const key = parseCustomerKey(headers);
  if (encryption.type !== 'customer') {
    if (!key) return;
    throw new S3Error(
      'InvalidRequest',
      'The multipart upload initiate did not request encryption. Subsequent part requests must not include encryption parameters.',
    );
  }
  if (!key) {
    throw new S3Error(
      'InvalidRequest',
      'The multipart upload initiate requested encryption. Subsequent part requests must include the appropriate encryption parameters.',
    );
  }
  if (key.digest !== encryption.keyDigest) {
    throw new S3Error(
      'InvalidRequest',
      'The provided encryption parameters did not match the ones used originally.',
    );
  }
}

/** Algorithm and MD5 of the key, as the request named them. */
export function customerKeyHeaders(request: RequestHeaders): Record<string, string> {
  const names = headerNames('object');
  const md5 = request.get(names.md5);
  return md5 === undefined ? {} : { [names.algorithm]: 'AES256', [names.md5]: md5 };
}

function missing(what: string, header: string): S3Error {
  return invalidArgument(
    `Requests specifying Server Side Encryption with Customer provided keys must provide ${what}.`,
    header,
    'null',
  );
}
