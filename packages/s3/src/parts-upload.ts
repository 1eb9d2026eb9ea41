import {
  CompleteMultipartUploadCommand,
  type CompleteMultipartUploadCommandInput,
  type CompleteMultipartUploadCommandOutput,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandOutput,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
  type UploadPartCommandInput,
  type UploadPartCommandOutput,
} from '@aws-sdk/client-s3';
import { isStorageError, parseETag, StorageError } from '@org/storage-core';
import { type Bucket, given } from './bucket.js';
import type { Seen } from './content.js';
import { completedAfterAll } from './lost-answer.js';
import { AFTER_RESPONSE, onDate } from './middleware.js';
import { abortUpload, completeCommand, createCommand } from './multipart-requests.js';
import type { Stored, Target } from './put.js';
import { compareWithPart, type ResumedUpload } from './resumed-parts.js';
import { checksumOf, namedChecksum } from './sent-checksum.js';

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

export type StoredInParts = Stored &
  Seen & {
    /** Whether it was begun by an earlier upload, with headers of its own. */
    readonly resumed: boolean;
  };

/**
 * The requests of one multipart upload, as lib-storage's `Upload` sends them, put right: it gives every request the same
 * parameters, knows of no precondition, of no checksum of the whole, of no step between the first request and the parts,
 * and of no parts that are there already. It cuts the body into parts, and keeps several under way.
 */
export class PartsUpload {
  readonly #bucket: Bucket;
  readonly #target: Target;
  readonly #callbacks: PartsCallbacks;
  readonly #cancel = new AbortController();
  #failure: { readonly reason: unknown } | undefined;
  #uploadId: string | undefined;
  /** Whether somebody knows the id, and can continue the upload. */
  #told = false;
  #resumed: ResumedUpload | undefined;
  /** Open as soon as it is known whether the upload is continued or begun anew, which the first part shows. */
  readonly #gate: Promise<void>;
  #open = () => {};
  #sent = 0;
  #seen: Seen | undefined;
  #stored: Stored | undefined;

  constructor(
    bucket: Bucket,
    target: Target,
    callbacks: PartsCallbacks,
    resumed: ResumedUpload | undefined,
  ) {
    this.#bucket = bucket;
    this.#target = target;
    this.#callbacks = callbacks;
    this.#resumed = resumed;
    this.#gate = new Promise((resolve) => {
      this.#open = resolve;
    });
    if (resumed === undefined) this.#open();
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
    this.#open();
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
    return { ...this.#stored, ...this.#content(), resumed: this.#resumed !== undefined };
  }

  /** The bucket as it is for this upload: one that was begun without checksums goes on without. */
  get #asBegun(): Bucket {
    const { profile } = this.#bucket;
    if (this.#resumed?.checksummed !== false) return this.#bucket;
    return { ...this.#bucket, profile: { ...profile, checksums: 'none' } };
  }

  #content(): Seen {
    if (this.#seen === undefined) throw unexpected('completes an upload whose body has not ended');
    return this.#seen;
  }

  /** Whether an upload of the same content could go on with the parts. */
  get isWorthKeeping(): boolean {
    const reason = this.failure();
    return (
      this.#told &&
      !isStorageError(reason, 'ChecksumMismatch') &&
      !isStorageError(reason, 'TooLarge')
    );
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
      if (command instanceof UploadPartCommand) return await this.#nextPart(command.input);
      if (command instanceof CompleteMultipartUploadCommand) {
        return await this.#complete(command.input);
      }
      if (command instanceof PutObjectCommand) return await this.#onlyPart(command.input.Body);
      throw unexpected('sends a request that is none of a multipart upload');
    } catch (error) {
      this.fail(error);
      throw error;
    }
  }

  async #create(): Promise<CreateMultipartUploadCommandOutput> {
    if (this.#resumed === undefined) return this.#begin();
    const { uploadId } = this.#resumed;
    this.#uploadId = uploadId;
    this.#told = true;
    return { UploadId: uploadId, $metadata: {} };
  }

  async #begin(): Promise<CreateMultipartUploadCommandOutput> {
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
      this.#told = true;
      return answer;
    } finally {
      this.#cancel.signal.removeEventListener('abort', giveUp);
      clearTimeout(timer);
    }
  }

  async #nextPart(input: UploadPartCommandInput): Promise<UploadPartCommandOutput> {
    const { Body: bytes, PartNumber } = input;
    if (!(bytes instanceof Uint8Array)) throw unexpected('sends a part that is not bytes');
    const number = given(PartNumber, 'part number');
    if (number > 1) await this.#gate;
    this.#check();
    return this.#part(number, bytes);
  }

  async #part(number: number, bytes: Uint8Array): Promise<UploadPartCommandOutput> {
    const kept = this.#resumed?.parts.get(number);
    const comparison = kept === undefined ? 'unknown' : compareWithPart(kept, bytes);
    if (comparison === 'different') {
      if (number > 1) throw this.#otherContent(`part ${number}`);
      await this.#beginAnew();
    }
    this.#open();
    const answer =
      kept !== undefined && comparison === 'same'
        ? { ETag: kept.etag, ...kept.checksums, $metadata: {} }
        : await this.#sendPart(number, bytes);
    this.#sent += bytes.byteLength;
    this.#callbacks.sent(this.#sent);
    return answer;
  }

  #sendPart(number: number, bytes: Uint8Array): Promise<UploadPartCommandOutput> {
    const { checksum, client, profile } = this.#asBegun;
    const known = { [checksum]: checksumOf(checksum, bytes) };
    return client.send(
      new UploadPartCommand({
        ...this.#target.name,
        UploadId: this.#uploadId,
        PartNumber: number,
        Body: bytes,
        ContentLength: bytes.byteLength,
        ...(profile.checksums === 'none' ? {} : namedChecksum(checksum, known)),
      }),
      { abortSignal: this.#cancel.signal },
    );
  }

  /** Nothing of the body is gone yet: its first part is at hand. */
  async #beginAnew(): Promise<void> {
    await this.remove();
    this.#resumed = undefined;
    this.#uploadId = undefined;
    this.#told = false;
    await this.#begin();
  }

  /** Parts of the body are gone already, so that it can't be begun anew; the next attempt will be. */
  #otherContent(which: string): StorageError {
    this.#told = false;
    return new StorageError(
      'Conflict',
      `${which} of the upload that was to be continued is of another content; the upload was removed, begin anew`,
    );
  }

  async #complete(
    input: Pick<CompleteMultipartUploadCommandInput, 'MultipartUpload'>,
  ): Promise<CompleteMultipartUploadCommandOutput> {
    const { name, precondition, headers } = this.#target;
    const { size, checksums } = this.#content();
    const parts = input.MultipartUpload?.Parts ?? [];
    const last = Math.max(0, ...(this.#resumed?.parts.keys() ?? []));
    if (last > parts.length) throw this.#otherContent(`part ${last}`);
    const uploadId = given(this.#uploadId, 'upload id');
    const whole = { parts, size, checksums };
    const command = completeCommand(this.#asBegun, name, uploadId, whole);
    Object.assign(command.input, precondition);
    let date = new Date();
    const tell = onDate((told) => {
      date = told;
    });
    command.middlewareStack.add(tell, AFTER_RESPONSE);
    const abortSignal = this.#cancel.signal;
    const answer = await this.#bucket.client
      .send(command, { abortSignal })
      .catch(async (error: unknown) => {
        const etags = parts.map(({ ETag }) => ETag ?? '');
        const { crc32 } = checksums;
        const done =
          Object.keys(precondition).length === 0 &&
          (await completedAfterAll(
            this.#bucket,
            { name, uploadId, etags, size, crc32, headers },
            error,
            abortSignal,
          ));
        if (!done) throw error;
        date = done.LastModified ?? date;
        return done;
      });
    const { ETag, VersionId } = answer;
    const etag = parseETag(given(ETag, 'ETag'));
    this.#stored = { etag, date, ...(VersionId === undefined ? {} : { versionId: VersionId }) };
    return answer;
  }

  /** lib-storage sends what fits into one part as one request; the part size may be that of an upload to be continued. */
  async #onlyPart(bytes: unknown): Promise<CompleteMultipartUploadCommandOutput> {
    if (!(bytes instanceof Uint8Array)) throw unexpected('sends a part that is not bytes');
    await this.#create();
    const { ETag, ...checksums } = await this.#part(1, bytes);
    const Parts = [{ PartNumber: 1, ETag, ...checksums }];
    return this.#complete({ MultipartUpload: { Parts } });
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

function unexpected(what: string): StorageError {
  return new StorageError('Unknown', `lib-storage ${what}; is it another version?`);
}
