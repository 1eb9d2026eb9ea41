import { checkAccess, checkReadAccess, type Sender } from './access.js';
import type { Account } from './account.js';
import type { Authentication } from './authentication.js';
import type { Segment } from './body-store.js';
import type { Bucket } from './bucket.js';
import type { ChecksumAlgorithm } from './checksum.js';
import type { WriteCondition } from './conditions.js';
import { S3Error } from './error.js';
import type { ConditionalWrite } from './faults.js';
import { openPayload, type Payload } from './payload.js';
import type { S3Request } from './request.js';
import type { Store } from './store.js';
import { S3_NAMESPACE, type XmlContent, xmlDocument } from './xml.js';

/** A successful answer. */
export interface S3Response {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Content of an object; its segments are retained until the answer has been sent. */
  readonly content?: {
    readonly segments: readonly Segment[];
    readonly start: number;
    readonly length: number;
  };
}

/** What a switch may take away from the server. */
export interface Leniency {
  /** Conditions of these writes are ignored, as some servers do. */
  ignoresCondition(write: ConditionalWrite): boolean;
  readonly dropsChecksums: boolean;
  /** Whether such a checksum in a header of an upload is taken for none. */
  ignoresChecksum(algorithm: ChecksumAlgorithm): boolean;
  /** Throws if by a fault the disk is full, so many bytes of the content having been stored. */
  beforeWrite(stored: number): void;
}

export interface OperationContext {
  readonly store: Store;
  readonly region: string;
  readonly accounts: ReadonlyMap<string, Account>;
  readonly request: S3Request;
  readonly authentication: Authentication;
  readonly sender: Sender;
  readonly leniency: Leniency;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** The bytes of the body as they come; the first read asks a client to go on that waits for 100 Continue. */
  readonly wire: AsyncIterable<Buffer>;
}

export type Operation = (context: OperationContext) => S3Response | Promise<S3Response>;

const MAXIMUM_KEY_BYTES = 1024;

/** The bucket of the request, in which the sender has to be allowed what he asks for. */
export function bucketOf(context: OperationContext): Bucket {
  const bucket = existingBucket(context, context.request.bucket ?? '');
  checkAccess(bucket, context.sender);
  return bucket;
}

/** A bucket of which the sender has to be allowed to read the object. */
export function sourceBucketOf(
  context: OperationContext,
  name: string,
  key: string,
  versionId: string | undefined,
): Bucket {
  const bucket = existingBucket(context, name);
  checkReadAccess(bucket, context.sender, key, versionId);
  return bucket;
}

function existingBucket({ store }: OperationContext, name: string): Bucket {
  const bucket = store.buckets.get(name);
  if (!bucket) throw new S3Error('NoSuchBucket', undefined, { BucketName: name });
  return bucket;
}

/** The account of the sender, which has to have one. */
export function accountOfSender({ authentication }: OperationContext): Account {
  if (authentication.account) return authentication.account;
  throw new S3Error('AccessDenied');
}

export function keyOf({ request }: OperationContext): string {
  const key = request.key ?? '';
  const bytes = Buffer.byteLength(key);
  if (bytes > MAXIMUM_KEY_BYTES) {
    throw new S3Error('KeyTooLongError', undefined, {
      Size: bytes,
      MaxSizeAllowed: MAXIMUM_KEY_BYTES,
    });
  }
  return key;
}

export function payloadOf({ request, authentication, wire }: OperationContext): Payload {
  return openPayload(request, authentication, wire);
}

export function unlessIgnored(
  { leniency }: OperationContext,
  write: ConditionalWrite,
  condition: WriteCondition,
): WriteCondition {
  return leniency.ignoresCondition(write) ? { type: 'none' } : condition;
}

export function xmlResponse(
  root: string,
  content: XmlContent,
  headers: Readonly<Record<string, string>> = {},
): S3Response {
  return {
    status: 200,
    headers: { 'content-type': 'application/xml', ...headers },
    body: xmlDocument(root, content, S3_NAMESPACE),
  };
}

export function emptyResponse(
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): S3Response {
  return { status, headers };
}

/** Whole seconds, which is how precisely S3 keeps the time of a change. */
export function wholeSeconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000) * 1000;
}
