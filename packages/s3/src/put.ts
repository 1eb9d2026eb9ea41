import { Readable } from 'node:stream';
import { PutObjectCommand, type PutObjectCommandOutput } from '@aws-sdk/client-s3';
import {
  abortError,
  type Checksums,
  type ETag,
  type ExpectedContent,
  parseETag,
} from '@org/storage-core';
import { type Bucket, given, type ObjectName, within } from './bucket.js';
import type { Precondition } from './condition.js';
import { checkedContent } from './content.js';
import type { ObjectHeaders } from './metadata.js';
import { AFTER_RESPONSE, BEFORE_SIGNING, onDate, withHeaders } from './middleware.js';
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
  const command = putCommand(bucket, target, body, body.byteLength, checksums);
  return stored(command, () => bucket.client.send(command, within(target.signal)));
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
    const command = putCommand(bucket, target, body, size, checksums);
    command.middlewareStack.add(withHeaders({ expect: '100-continue' }), BEFORE_SIGNING); // a refusal comes before 5 GiB are sent
    return await stored(command, () => bucket.client.send(command, { abortSignal: cancel.signal }));
  } catch (error) {
    throw failure ?? error;
  } finally {
    signal?.removeEventListener('abort', abort);
    body.destroy();
  }
}

function putCommand(
  bucket: Bucket,
  target: Target,
  body: Uint8Array | Readable,
  size: number,
  checksums: KnownChecksums,
): PutObjectCommand {
  const command = new PutObjectCommand({
    ...target.name,
    ...target.headers,
    ...target.precondition,
    Body: body,
    ContentLength: size,
    StorageClass: bucket.storageClass,
    ...(bucket.profile.checksums === 'none'
      ? {}
      : namedChecksum(
          checksums[bucket.checksum] === undefined ? 'crc32' : bucket.checksum,
          checksums,
        )),
  });
  command.middlewareStack.add(
    withHeaders({ 'x-amz-content-sha256': checksums.sha256 }),
    BEFORE_SIGNING,
  ); // else the SDK hashes the body again
  return command;
}

async function stored(
  command: PutObjectCommand,
  send: () => Promise<PutObjectCommandOutput>,
): Promise<Stored> {
  let date = new Date();
  const tell = onDate((told) => {
    date = told;
  });
  command.middlewareStack.add(tell, AFTER_RESPONSE);
  const { ETag, VersionId } = await send();
  const etag = parseETag(given(ETag, 'ETag'));
  return { etag, date, ...(VersionId === undefined ? {} : { versionId: VersionId }) };
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
