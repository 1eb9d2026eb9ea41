import {
  type Condition,
  type ETag,
  parseETag,
  StorageError,
  throwIfAborted,
} from '@org/storage-core';
import { type Bucket, given, type ObjectName } from './bucket.js';
import type { ServerProfile } from './server-profile.js';

/** The SDK's parameters that state a condition on the object that is there. */
export interface Precondition {
  readonly IfNoneMatch?: '*';
  readonly IfMatch?: string;
}

/**
 * Refuses a condition that the server is not known to honour: one that ignores it would overwrite the file.
 * @throws StorageError `Unsupported`.
 */
export function refuseUnknownCondition(
  bucket: Bucket,
  condition: Condition | undefined,
  how?: 'in parts',
): void {
  if (condition === undefined) return;
  const { conditionalCreate, conditionalCreateInParts, conditionalUpdate } = bucket.capabilities;
  const wanted = [condition.type === 'absent' ? conditionalCreate : conditionalUpdate];
  if (how === 'in parts') wanted.push(conditionalCreateInParts);
  if (!wanted.includes('absent')) return;
  throw new StorageError(
    'Unsupported',
    'the server is not known to honour a condition on an upload, and one that ignores it would overwrite the file; set the option server, or let probe() find out',
  );
}

export function precondition(bucket: Bucket, condition: Condition | undefined): Precondition {
  if (condition === undefined) return {};
  if (condition.type === 'absent') return { IfNoneMatch: '*' };
  return { IfMatch: matchHeader(bucket.profile, condition.etag) };
}

/**
 * An `If-Match` for exactly this ETag.
 * @throws StorageError `InvalidArgument` for what would mean something else there, such as `*`.
 */
export function matchHeader(profile: ServerProfile, etag: ETag): string {
  if (!/^[!#-~]+$/.test(etag) || etag === '*') {
    throw new StorageError('InvalidArgument', `${JSON.stringify(etag)} is not an ETag of S3`);
  }
  return profile.quotedETags ? `"${etag}"` : etag;
}

/**
 * Looks whether a condition holds: so that a body is not sent in vain, and where a server says that a file that does not
 * exist was deleted. It is the server that decides, when it gets the condition with the request.
 * @throws StorageError `AlreadyExists`, `PreconditionFailed`.
 */
export async function checkCondition(
  bucket: Bucket,
  name: ObjectName,
  condition: Condition | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (condition === undefined) return;
  const found = await currentETag(bucket, name, signal);
  throwIfAborted(signal);
  if (found === 'unknown') return;
  if (condition.type === 'absent') {
    if (found !== 'missing') throw new StorageError('AlreadyExists', 'the file exists already');
  } else if (found === 'missing' || found.etag !== condition.etag) {
    const why = found === 'missing' ? 'there is no such file' : 'it has changed';
    throw new StorageError('PreconditionFailed', `the file is not the expected version: ${why}`);
  }
}

async function currentETag(
  bucket: Bucket,
  name: ObjectName,
  signal: AbortSignal | undefined,
): Promise<{ readonly etag: ETag } | 'missing' | 'unknown'> {
  try {
    const { ETag } = await bucket.requests.headObject(name, { signal });
    return { etag: parseETag(given(ETag, 'ETag')) };
  } catch (error) {
    // Whoever may not read may still write.
    return error instanceof Error && error.name === 'NotFound' ? 'missing' : 'unknown';
  }
}
