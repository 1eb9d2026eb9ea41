import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  type CompleteMultipartUploadCommandInput,
  type CompleteMultipartUploadCommandOutput,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandOutput,
  type S3Client,
  UploadPartCommand,
  type UploadPartCommandInput,
  type UploadPartCommandOutput,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { abortError, type ExpectedContent, parseETag, StorageError } from '@org/storage-core';
import { type Bucket, given, type ObjectName } from './bucket.js';
import { checkedContent, type Seen, upTo } from './content.js';
import { base64Of } from './metadata.js';
import { AFTER_RESPONSE, onDate } from './middleware.js';
import { fittedConcurrency, fittedPartSize } from './part-size.js';
import type { Stored, Target } from './put.js';

/** Milliseconds that the removal of an unfinished upload may take. */
const CLEANUP_TIMEOUT = 30_000;
/**
 * Milliseconds that the creation of a multipart upload gets after the caller has given up: without its answer, nobody
 * knows the id of what has to be removed.
 */
const CREATE_GRACE = 5_000;

export interface PartsCallbacks {
  /** Ends the source of the chunks. */
  readonly stop: (reason: Error) => void;
  readonly sent: (bytes: number) => void;
  /** Awaited before the first part. */
  readonly created: (uploadId: string) => void | Promise<void>;
}

export type StoredInParts = Stored & Seen;

/**
 * Stores a content in parts. Nothing is seen of it before the last request, which carries the precondition and the
 * checksum of the whole; that is sent only if the content is the expected one. After a failure the parts are removed.
 */
export async function uploadInParts(
  bucket: Bucket,
  target: Target,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  expected: ExpectedContent,
  what: string,
  callbacks: PartsCallbacks,
): Promise<StoredInParts> {
  const { signal } = target;
  const partSize = fittedPartSize(expected.size, bucket.partSize);
  const parts = new PartsUpload(bucket, target, callbacks);
  const checked = checkedContent(upTo(chunks, partSize), expected, what, (seen) =>
    parts.endsWith(seen),
  );
  const body = Readable.from(checked, { objectMode: false });
  body.on('error', (error) => parts.fail(error));
  const abort = () => signal && parts.fail(abortError(signal));
  signal?.addEventListener('abort', abort, { once: true });
  try {
    const upload = new Upload({
      client: parts.client(),
      params: { ...target.name, Body: body },
      partSize,
      queueSize: fittedConcurrency(partSize, bucket.partSize, bucket.concurrency),
      leavePartsOnError: true, // removing them is ours: by a request that the caller's signal does not end
    });
    await upload.done();
    return parts.stored();
  } catch (error) {
    parts.fail(error);
    await parts.remove();
    throw parts.failure();
  } finally {
    signal?.removeEventListener('abort', abort);
    body.destroy();
  }
}

/**
 * The requests of one multipart upload, as lib-storage's `Upload` sends them, put right: it gives every request the same
 * parameters, knows of no precondition, of no checksum of the whole, and of no step between the first request and the
 * parts. It cuts the body into parts, and keeps several under way.
 */
class PartsUpload {
  readonly #bucket: Bucket;
  readonly #target: Target;
  readonly #callbacks: PartsCallbacks;
  readonly #cancel = new AbortController();
  #failure: { readonly reason: unknown } | undefined;
  #uploadId: string | undefined;
  #sent = 0;
  #seen: Seen | undefined;
  #stored: Stored | undefined;

  constructor(bucket: Bucket, target: Target, callbacks: PartsCallbacks) {
    this.#bucket = bucket;
    this.#target = target;
    this.#callbacks = callbacks;
  }

  /** The client to hand to `Upload`. */
  client(): S3Client {
    const send = (command: unknown) => this.#send(command);
    return new Proxy(this.#bucket.client, {
      get: (client, property) => (property === 'send' ? send : Reflect.get(client, property)),
    });
  }

  /** Ends what is under way: the parts' requests and the reading of the body. The first reason is kept. */
  fail(reason: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = { reason };
    this.#cancel.abort(reason);
    this.#callbacks.stop(reason instanceof Error ? reason : new Error(String(reason)));
  }

  failure(): unknown {
    return this.#failure?.reason;
  }

  endsWith(seen: Seen): void {
    this.#seen = seen;
  }

  stored(): StoredInParts {
    if (this.#stored === undefined) throw unexpected('ended without completing the upload');
    return { ...this.#stored, ...this.#content() };
  }

  #content(): Seen {
    if (this.#seen === undefined) throw unexpected('completes an upload whose body has not ended');
    return this.#seen;
  }

  /**
   * Removes the upload and its parts, as far as the server lets us: whoever may not remove them needs a lifecycle rule. It
   * also keeps a completion that was cancelled from taking effect later.
   */
  async remove(): Promise<void> {
    if (this.#uploadId === undefined) return;
    await abortUpload(this.#bucket, this.#target.name, this.#uploadId).catch(() => {});
  }

  async #send(command: unknown) {
    try {
      this.#check();
      if (command instanceof CreateMultipartUploadCommand) return await this.#create();
      if (command instanceof UploadPartCommand) return await this.#part(command.input);
      if (command instanceof CompleteMultipartUploadCommand) {
        return await this.#complete(command.input);
      }
      throw unexpected('sends a request that is none of a multipart upload');
    } catch (error) {
      this.fail(error);
      throw error;
    }
  }

  async #create(): Promise<CreateMultipartUploadCommandOutput> {
    const { name, headers } = this.#target;
    const grace = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    const giveUp = () => {
      timer = setTimeout(() => grace.abort(), CREATE_GRACE);
    };
    this.#cancel.signal.addEventListener('abort', giveUp, { once: true });
    try {
      const answer = await this.#bucket.client.send(createCommand(this.#bucket, name, headers), {
        abortSignal: grace.signal,
      });
      this.#uploadId = given(answer.UploadId, 'upload id');
      this.#check();
      await this.#unlessFailed(this.#callbacks.created(this.#uploadId));
      return answer;
    } finally {
      this.#cancel.signal.removeEventListener('abort', giveUp);
      clearTimeout(timer);
    }
  }

  async #part(input: UploadPartCommandInput): Promise<UploadPartCommandOutput> {
    const { Body, PartNumber, UploadId } = input;
    if (!(Body instanceof Uint8Array)) {
      throw unexpected('sends a part that is not bytes');
    }
    const answer = await this.#bucket.client.send(
      new UploadPartCommand({
        ...this.#target.name,
        UploadId,
        PartNumber,
        Body,
        ContentLength: Body.byteLength,
        ...(this.#bucket.profile.checksums === 'none'
          ? {}
          : { ChecksumAlgorithm: 'CRC32', ChecksumCRC32: base64OfNumber(crc32(Body)) }),
      }),
      { abortSignal: this.#cancel.signal },
    );
    this.#sent += Body.byteLength;
    this.#callbacks.sent(this.#sent);
    return answer;
  }

  async #complete(
    input: CompleteMultipartUploadCommandInput,
  ): Promise<CompleteMultipartUploadCommandOutput> {
    const { name, precondition } = this.#target;
    const seen = this.#content();
    const command = completeCommand(this.#bucket, name, given(input.UploadId, 'upload id'), {
      parts: input.MultipartUpload?.Parts ?? [],
      size: seen.size,
      crc32: seen.checksums.crc32,
    });
    Object.assign(command.input, precondition);
    let date = new Date();
    const tell = onDate((told) => {
      date = told;
    });
    command.middlewareStack.add(tell, AFTER_RESPONSE);
    const answer = await this.#bucket.client.send(command, { abortSignal: this.#cancel.signal });
    const { ETag, VersionId } = answer;
    const etag = parseETag(given(ETag, 'ETag'));
    this.#stored = { etag, date, ...(VersionId === undefined ? {} : { versionId: VersionId }) };
    return answer;
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure.reason;
  }

  async #unlessFailed(work: void | Promise<void>): Promise<void> {
    const { signal } = this.#cancel;
    let failed = () => {};
    const failure = new Promise<void>((resolve) => {
      failed = resolve;
    });
    signal.addEventListener('abort', failed, { once: true });
    try {
      await Promise.race([work, failure]);
    } finally {
      signal.removeEventListener('abort', failed);
    }
    this.#check();
  }
}

/** Begins a multipart upload. */
export function createCommand(
  bucket: Bucket,
  name: ObjectName,
  headers: object,
): CreateMultipartUploadCommand {
  const { checksums } = bucket.profile;
  return new CreateMultipartUploadCommand({
    ...headers,
    ...name,
    StorageClass: bucket.storageClass,
    ...(checksums === 'none' ? {} : { ChecksumAlgorithm: 'CRC32' }),
    ...(checksums === 'full-object' ? { ChecksumType: 'FULL_OBJECT' } : {}),
  });
}

/** Makes the parts an object. */
export function completeCommand(
  bucket: Bucket,
  name: ObjectName,
  uploadId: string,
  whole: {
    readonly parts: readonly CompletedPart[];
    readonly size: number;
    readonly crc32?: string | undefined;
  },
): CompleteMultipartUploadCommand {
  const { parts, size, crc32 } = whole;
  return new CompleteMultipartUploadCommand({
    ...name,
    UploadId: uploadId,
    MultipartUpload: { Parts: [...parts] },
    ...(bucket.profile.checksums === 'full-object'
      ? {
          ChecksumType: 'FULL_OBJECT',
          MpuObjectSize: size,
          ...(crc32 === undefined ? {} : { ChecksumCRC32: base64Of(crc32) }),
        }
      : {}),
  });
}

/** Removes an unfinished multipart upload, whatever became of the operation that began it. */
export async function abortUpload(
  bucket: Bucket,
  name: ObjectName,
  uploadId: string,
  signal: AbortSignal = AbortSignal.timeout(CLEANUP_TIMEOUT),
): Promise<void> {
  await bucket.client.send(new AbortMultipartUploadCommand({ ...name, UploadId: uploadId }), {
    abortSignal: signal,
  });
}

function unexpected(what: string): StorageError {
  return new StorageError('Unknown', `lib-storage ${what}; is it another version?`);
}

function base64OfNumber(crc: number): string {
  return base64Of(crc.toString(16).padStart(8, '0'));
}
