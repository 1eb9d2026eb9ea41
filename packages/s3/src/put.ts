import { Readable } from 'node:stream';
import {
  abortError,
  type Checksums,
  type ETag,
  type ExpectedContent,
  parseETag,
} from '@org/storage-core';
import { type Bucket, given, type ObjectName } from './bucket.js';
import type { Precondition } from './condition.js';
import { checkedContent } from './content.js';
import type { ObjectHeaders } from './metadata.js';
import type { RequestExtras } from './requests.js';
import { namedChecksum } from './sent-checksum.js';

/** What the server tells of an object that it has stored. */
export interface Stored {
  readonly etag: ETag;
  /** By the server's clock, when it answered. */
  readonly date: Date;
  readonly versionId?: string;
}

/** What is sent, apart from the bytes. */
export interface Target {
  readonly name: ObjectName;
  readonly headers: ObjectHeaders;
  readonly precondition: Precondition;
  readonly signal: AbortSignal | undefined;
}

type KnownChecksums = Checksums & { readonly crc32: string; readonly sha256: string };

/** Stores bytes by one request, which the SDK may send again. */
export async function putBytes(
  bucket: Bucket,
  target: Target,
  body: Uint8Array,
  checksums: KnownChecksums,
): Promise<Stored> {
  return put(bucket, target, body, body.byteLength, checksums, { signal: target.signal });
}

/**
 * Stores a stream by one request, which is never sent twice. Its length and checksums must be known, since they go in front
 * of it: the server refuses other bytes, and what ends early it never stores.
 * @param stop ends the source of the chunks.
 */
export async function putStream(
  bucket: Bucket,
  target: Target,
  chunks: AsyncIterable<Uint8Array>,
  expected: ExpectedContent & { readonly size: number; readonly checksums: KnownChecksums },
  what: string,
  progress: { readonly stop: (reason: Error) => void; readonly sent: (bytes: number) => void },
): Promise<Stored> {
  const { signal } = target;
  const { size, checksums } = expected;
  const cancel = new AbortController();
  let failure: Error | undefined;
  const fail = (reason: Error) => {
    failure ??= reason;
    progress.stop(reason);
    cancel.abort(reason); // the SDK does not notice that a stream has failed, and would wait for its end
  };
  const abort = () => signal && fail(abortError(signal));
  const checked = checkedContent(chunks, expected, what);
  const body = Readable.from(counted(checked, progress.sent), { objectMode: false });
  body.on('error', fail);
  signal?.addEventListener('abort', abort, { once: true });
  try {
    return await put(bucket, target, body, size, checksums, {
      signal: cancel.signal,
      headers: { expect: '100-continue' }, // a refusal comes before 5 GiB are sent
    });
  } catch (error) {
    throw failure ?? error;
  } finally {
    signal?.removeEventListener('abort', abort);
    body.destroy();
  }
}

async function put(
  bucket: Bucket,
  target: Target,
  body: Uint8Array | Readable,
  size: number,
  checksums: KnownChecksums,
  { signal, headers }: Pick<RequestExtras, 'signal' | 'headers'>,
): Promise<Stored> {
  const algorithm = checksums[bucket.checksum] === undefined ? 'crc32' : bucket.checksum;
  let date: Date | undefined;
  const { ETag, VersionId } = await bucket.requests.putObject(
    {
      ...target.name,
      ...target.headers,
      ...target.precondition,
      Body: body,
      ContentLength: size,
      StorageClass: bucket.storageClass,
      ...(bucket.profile.checksums === 'none' ? {} : namedChecksum(algorithm, checksums)),
    },
    {
      signal,
      headers: { ...headers, 'x-amz-content-sha256': checksums.sha256 }, // else the SDK hashes the body again
      onDate: (told) => {
        date = told;
      },
    },
  );
  const etag = parseETag(given(ETag, 'ETag'));
  return {
    etag,
    date: date ?? new Date(),
    ...(VersionId === undefined ? {} : { versionId: VersionId }),
  };
}

async function* counted(
  chunks: AsyncIterable<Uint8Array>,
  tell: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const chunk of chunks) {
    yield chunk;
    size += chunk.byteLength;
    tell(size);
  }
}
