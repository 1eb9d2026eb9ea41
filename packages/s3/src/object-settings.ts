import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListPartsCommand,
  type ObjectCannedACL,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { StorageError } from '@org/storage-core';
import { customerKey, type KmsEncryption, keepsSecrets, type S3Encryption } from './encryption.js';
import { BEFORE_SIGNING, onRequest } from './middleware.js';

/** What the provider's options ask of every object. */
export interface ObjectSettings {
  readonly encryption?: S3Encryption | undefined;
  /** A canned access control list. */
  readonly acl?: ObjectCannedACL | undefined;
}

/** Requests that make an object. */
const MAKING = [PutObjectCommand, CopyObjectCommand, CreateMultipartUploadCommand];
/** Those, and all others that need the key of an object that is encrypted with one of the customer's. */
const KEYED = [
  ...MAKING,
  UploadPartCommand,
  UploadPartCopyCommand,
  CompleteMultipartUploadCommand,
  ListPartsCommand,
  GetObjectCommand,
  HeadObjectCommand,
];
/** Requests that read another object, too. */
const COPYING = [CopyObjectCommand, UploadPartCopyCommand];

/** The client with every request as the settings ask: so that none forgets a header. */
export function clientWith(client: S3Client, settings: ObjectSettings): S3Client {
  if (settings.encryption === undefined && settings.acl === undefined) return client;
  const send = async (command: object, ...rest: unknown[]) => {
    await applySettings(command, settings);
    return Reflect.apply(client.send, client, [command, ...rest]);
  };
  return new Proxy(client, {
    get: (target, property) => (property === 'send' ? send : Reflect.get(target, property)),
  });
}

async function applySettings(command: object, settings: ObjectSettings): Promise<void> {
  const { acl, encryption } = settings;
  if (acl !== undefined) extend(command, MAKING, { ACL: acl });
  if (encryption?.type === 'sse-s3') extend(command, MAKING, { ServerSideEncryption: 'AES256' });
  if (encryption?.type === 'sse-kms') {
    const { keyId, bucketKey } = encryption;
    extend(command, MAKING, {
      ServerSideEncryption: 'aws:kms',
      ...(keyId === undefined ? {} : { SSEKMSKeyId: keyId }),
      ...(bucketKey === undefined ? {} : { BucketKeyEnabled: bucketKey }),
    });
  }
  if (encryption?.type !== 'sse-c' || !isOneOf(command, KEYED)) return;
  const key = Buffer.from(await customerKey(encryption.key)).toString('base64');
  const algorithm = 'AES256';
  extend(command, KEYED, { SSECustomerAlgorithm: algorithm, SSECustomerKey: key });
  extend(command, COPYING, {
    CopySourceSSECustomerAlgorithm: algorithm,
    CopySourceSSECustomerKey: key,
  });
  command.middlewareStack.add(onRequest(refuseClearText), BEFORE_SIGNING);
}

/**
 * The headers of a request that somebody else will make an object with.
 */
export function settingHeaders({ acl, encryption }: ObjectSettings): Record<string, string> {
  const method = 'x-amz-server-side-encryption';
  return {
    ...(acl === undefined ? {} : { 'x-amz-acl': acl }),
    ...(encryption?.type === 'sse-s3' ? { [method]: 'AES256' } : {}),
    ...(encryption?.type === 'sse-kms' ? kmsHeaders(method, encryption) : {}),
  };
}

function kmsHeaders(method: string, { keyId, bucketKey }: KmsEncryption): Record<string, string> {
  return {
    [method]: 'aws:kms',
    ...(keyId === undefined ? {} : { [`${method}-aws-kms-key-id`]: keyId }),
    ...(bucketKey === undefined ? {} : { [`${method}-bucket-key-enabled`]: String(bucketKey) }),
  };
}

/**
 * Refuses to let somebody else make a request that takes the key of the option `encryption`.
 * @throws StorageError `Unsupported`.
 */
export function refuseCustomerKey({ encryption }: ObjectSettings): void {
  if (encryption?.type !== 'sse-c') return;
  throw new StorageError(
    'Unsupported',
    'with encryption of type "sse-c" every request takes the key, which is not for clients to have',
  );
}

/** A client that was handed in, or the SDK's own configuration, may lead anywhere. */
function refuseClearText(request: {
  readonly protocol?: string;
  readonly hostname?: string;
}): void {
  if (keepsSecrets(request)) return;
  throw new StorageError(
    'InvalidArgument',
    `with encryption of type "sse-c" the key goes with every request, in clear to ${request.hostname}; use https`,
  );
}

function extend(command: object, kinds: readonly Kind[], parameters: object): void {
  if (isOneOf(command, kinds)) Object.assign(command.input, parameters);
}

type Kind = new (...input: never[]) => object;

interface Command {
  readonly input: object;
  readonly middlewareStack: S3Client['middlewareStack'];
}

function isOneOf(command: object, kinds: readonly Kind[]): command is Command {
  return kinds.some((kind) => command instanceof kind);
}
