import { createHash, randomBytes } from 'node:crypto';
import { customerKeyHeaders, parseCustomerKey } from './customer-key.js';
import { invalidArgument, S3Error } from './error.js';
import type { BucketRecord } from './records.js';
import type { RequestHeaders } from './request.js';
import { malformed, parseXml } from './xml.js';

/**
 * How an object is said to be encrypted. The bytes are stored as they came: what is real are the rules of the requests,
 * such as that an object written with a customer's key is read with that key or not at all.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingEncryption.html
 */
export type Encryption =
  | { readonly type: 'AES256' }
  | KmsEncryption
  /** SSE-C; of the key there is its SHA-256, in hexadecimal, and nothing else. */
  | { readonly type: 'customer'; readonly keyDigest: string };

interface KmsEncryption {
  readonly type: 'aws:kms' | 'aws:kms:dsse';
  readonly keyId: string;
  readonly bucketKey: boolean;
}

export const ENCRYPTION_HEADER = 'x-amz-server-side-encryption';
const BLOCKED = 'BlockedEncryptionTypes';
const KEY_ID_HEADER = `${ENCRYPTION_HEADER}-aws-kms-key-id`;
const BUCKET_KEY_HEADER = `${ENCRYPTION_HEADER}-bucket-key-enabled`;

/** What the headers of a write ask for, or else the bucket's default. */
export function parseEncryption(headers: RequestHeaders, bucket: BucketRecord): Encryption {
  const method = headers.get(ENCRYPTION_HEADER);
  const keyId = headers.get(KEY_ID_HEADER);
  const customerKey = parseCustomerKey(headers);
  if (customerKey && method !== undefined) {
    throw invalidArgument(
      'Server Side Encryption with Customer provided key is incompatible with the encryption method specified',
      ENCRYPTION_HEADER,
      method,
    );
  }
  if (customerKey) {
    if (blocksCustomerKeys(bucket)) throw new S3Error('AccessDenied');
    return { type: 'customer', keyDigest: customerKey.digest };
  }
  if (keyId !== undefined && method !== 'aws:kms' && method !== 'aws:kms:dsse') {
    throw invalidArgument(
      'Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms',
      ENCRYPTION_HEADER,
      method ?? 'null',
    );
  }
  const ofBucket = defaultEncryption(bucket);
  if (method === undefined) return ofBucket;
  const encryption = encryptionOf(method, keyId, headers.get(BUCKET_KEY_HEADER) === 'true', bucket);
  if (encryption) return encryption;
  throw invalidArgument(
    'The encryption method specified is not supported',
    ENCRYPTION_HEADER,
    method,
  );
}

function encryptionOf(
  method: string,
  keyId: string | undefined,
  bucketKey: boolean,
  { region }: BucketRecord,
): Encryption | undefined {
  if (method === 'AES256') return { type: method };
  if (method !== 'aws:kms' && method !== 'aws:kms:dsse') return undefined;
  // S3 takes the key that it made for the account where none is named.
  const ofAccount = `arn:aws:kms:${region}:000000000000:alias/aws/s3`;
  return { type: method, keyId: keyId ?? ofAccount, bucketKey };
}

/** S3 encrypts whatever comes without a wish, with keys of its own unless the bucket says otherwise. */
function defaultEncryption(bucket: BucketRecord): Encryption {
  const document = bucket.documents['encryption'];
  return document === undefined ? { type: 'AES256' } : parseDefaultEncryption(document, bucket);
}

export function parseDefaultEncryption(document: string, bucket: BucketRecord): Encryption {
  const rules = parseXml(document, 'ServerSideEncryptionConfiguration').all('Rule');
  const [rule] = rules;
  if (!rule || rules.length > 1) throw malformed();
  const asked = rule.child('ApplyServerSideEncryptionByDefault');
  if (!asked && rule.child(BLOCKED)) return { type: 'AES256' };
  const method = asked?.text('SSEAlgorithm');
  if (!asked || method === undefined) throw malformed();
  const keyId = asked.text('KMSMasterKeyID');
  if (keyId !== undefined && method === 'AES256') {
    throw new S3Error(
      'InvalidArgument',
      'a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse',
      { ArgumentName: 'ApplyServerSideEncryptionByDefault' },
    );
  }
  const bucketKey = rule.text('BucketKeyEnabled') === 'true';
  const encryption = encryptionOf(method, keyId, bucketKey, bucket);
  if (encryption) return encryption;
  throw malformed();
}

/**
 * Whether the bucket refuses keys of customers. Buckets made at Amazon since April 2026 do so from the start; here it has
 * to be configured. https://docs.aws.amazon.com/AmazonS3/latest/userguide/blocking-unblocking-s3-c-encryption-gpb.html
 */
function blocksCustomerKeys({ documents }: BucketRecord): boolean {
  const document = documents['encryption'];
  if (document === undefined) return false;
  return parseXml(document, 'ServerSideEncryptionConfiguration')
    .all('Rule')
    .some((rule) => rule.child(BLOCKED)?.texts('EncryptionType').includes('SSE-C'));
}

/** What an answer says of it; that of a customer's key comes from the request, where it has been verified. */
export function encryptionHeaders(
  encryption: Encryption,
  request: RequestHeaders,
): Record<string, string> {
  switch (encryption.type) {
    case 'customer':
      return customerKeyHeaders(request);
    case 'AES256':
      return { [ENCRYPTION_HEADER]: encryption.type };
    default:
      return {
        [ENCRYPTION_HEADER]: encryption.type,
        [KEY_ID_HEADER]: encryption.keyId,
        ...(encryption.bucketKey ? { [BUCKET_KEY_HEADER]: 'true' } : {}),
      };
  }
}

/** These headers belong to a write; S3 refuses them where nothing is about to be encrypted. */
export function refuseEncryptionHeader(headers: RequestHeaders): void {
  const method = headers.get(ENCRYPTION_HEADER);
  if (method === undefined) return;
  throw invalidArgument(
    `${ENCRYPTION_HEADER} header is not supported for this operation.`,
    ENCRYPTION_HEADER,
    method,
  );
}

/**
 * The ETag of content of that MD5. It is the MD5 only where S3 encrypts with keys of its own.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html
 */
export function etagOf(md5: string, encryption: Encryption): string {
  if (encryption.type === 'AES256') return md5;
  return createHash('md5').update(md5).update(randomBytes(16)).digest('hex');
}
