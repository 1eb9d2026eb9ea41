import { StorageError } from '@org/storage-core';

/** How the server encrypts what is stored. */
export type S3Encryption =
  /** With keys of the server's own. */
  | { readonly type: 'sse-s3' }
  | KmsEncryption
  /** With a key that goes with every request, and that the server does not keep. */
  | { readonly type: 'sse-c'; readonly key: CustomerKey };

/** With a key of AWS KMS, or of what stands in for it. */
export interface KmsEncryption {
  readonly type: 'sse-kms';
  /** Id, ARN or alias of the key. Default: the one that Amazon keeps for the account. */
  readonly keyId?: string | undefined;
  /** One key for the whole bucket, which saves requests to KMS. Default: as the bucket has it. */
  readonly bucketKey?: boolean | undefined;
}

/** 32 bytes, or a function that gets them; it is called for every request. */
export type CustomerKey = Uint8Array | (() => Uint8Array | Promise<Uint8Array>);

const KEY_BYTES = 32;

/** What is wrong with the option `encryption`. */
export function encryptionProblem(
  encryption: S3Encryption | undefined,
  endpoint: string | undefined,
): string | undefined {
  switch (encryption?.type) {
    case undefined:
      return encryption === undefined ? undefined : TYPES;
    case 'sse-s3':
      return undefined;
    case 'sse-kms':
      return encryption.keyId === '' ? 'encryption.keyId is empty' : undefined;
    case 'sse-c':
      if (typeof encryption.key !== 'function' && !isKey(encryption.key)) return KEY;
      if (endpoint === undefined || !URL.canParse(endpoint)) return undefined;
      if (keepsSecrets(new URL(endpoint))) return undefined;
      return `with encryption of type "sse-c" the key goes with every request, in clear to ${endpoint}; use https`;
    default:
      return TYPES;
  }
}

const TYPES = 'encryption is of type "sse-s3", "sse-kms" or "sse-c"';
const KEY = `encryption.key is a Uint8Array of ${KEY_BYTES} bytes, or a function that gets it`;

/** With a copy of the key, so that it stays what it is whatever becomes of the caller's bytes. */
export function ownKey(encryption: S3Encryption | undefined): S3Encryption | undefined {
  if (encryption?.type !== 'sse-c' || typeof encryption.key === 'function') return encryption;
  return { ...encryption, key: Uint8Array.from(encryption.key) };
}

/** The key as it is now. */
export async function customerKey(key: CustomerKey): Promise<Uint8Array> {
  const bytes: unknown = typeof key === 'function' ? await key() : key;
  if (isKey(bytes)) return bytes;
  throw new StorageError('InvalidArgument', KEY);
}

function isKey(key: unknown): key is Uint8Array {
  return key instanceof Uint8Array && key.byteLength === KEY_BYTES;
}

/** Whether nobody between here and there can read along. */
export function keepsSecrets(url: {
  readonly protocol?: string;
  readonly hostname?: string;
}): boolean {
  const { protocol, hostname = '' } = url;
  return protocol === 'https:' || /^(127(\.\d+){3}|\[?::1\]?|(.+\.)?localhost)$/i.test(hostname);
}
