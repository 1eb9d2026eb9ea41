import { setMaxListeners } from 'node:events';
import { type CompletedPart, UploadPartCommand } from '@aws-sdk/client-s3';
import { isStorageError, StorageError } from '@org/storage-core';
import { type Bucket, given } from './bucket.js';
import { completeParts } from './complete-parts.js';
import type { ContentPart, ContentParts, Seen } from './content-parts.js';
import { abortUpload, createCommand } from './multipart-requests.js';
import { PartMemory } from './part-memory.js';
import type { Stored, Target } from './put.js';
import { compareWithPart, type ResumedUpload } from './resumed-parts.js';
import { type ChecksumFields, checksumOf, namedChecksum } from './sent-checksum.js';

/**
 * Milliseconds that the creation of a multipart upload gets after the caller has given up: without its answer, nobody
 * knows the id of what has to be removed.
 */
const CREATE_GRACE = 5_000;

export interface PartsCallbacks {
  /** Ends the source of the content. */
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

/** A part as the server has it. */
type SentPart = ChecksumFields & { readonly ETag?: string | undefined };

/**
 * One multipart upload. Several parts of the content are under way at once, each in memory that is used again as soon as the
 * server has it.
 */
export class PartsUpload {
  readonly #bucket: Bucket;
  readonly #target: Target;
  readonly #content: ContentParts;
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
  readonly #parts: CompletedPart[] = [];
  #sent = 0;

  constructor(
    bucket: Bucket,
    target: Target,
    content: ContentParts,
    callbacks: PartsCallbacks,
    resumed: ResumedUpload | undefined,
  ) {
    this.#bucket = bucket;
    this.#target = target;
    this.#content = content;
    this.#callbacks = callbacks;
    this.#resumed = resumed;
    this.#gate = new Promise((resolve) => {
      this.#open = resolve;
    });
    setMaxListeners(0, this.#cancel.signal); // one for each request
  }

  /**
   * Sends the content, and makes it an object. Once this has failed, nothing is under way any more.
   * @param partSize bytes of all parts but the last.
   * @param concurrency parts under way at once.
   */
  async run(partSize: number, concurrency: number): Promise<StoredInParts> {
    const senders = Array.from({ length: concurrency }, () =>
      this.#sendParts(new PartMemory(partSize)).catch((error: unknown) => this.fail(error)),
    );
    await Promise.all(senders);
    this.#check();
    return this.#complete();
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

  /** One part after the other, each when the one before it is stored. */
  async #sendParts(memory: PartMemory): Promise<void> {
    for (;;) {
      const part = await this.#content.next(memory);
      this.#check();
      if (part === undefined) return;
      await this.#storePart(part);
    }
  }

  async #storePart({ number, bytes, checksums }: ContentPart): Promise<void> {
    await (number === 1 ? this.#create() : this.#gate);
    this.#check();
    const kept = this.#resumed?.parts.get(number);
    const comparison = kept === undefined ? 'unknown' : compareWithPart(kept, bytes);
    if (comparison === 'different') {
      if (number > 1) throw this.#otherContent(`part ${number}`);
      await this.#beginAnew();
    }
    this.#open();
    const stored =
      kept !== undefined && comparison === 'same'
        ? { ETag: kept.etag, ...kept.checksums }
        : await this.#sendPart({ number, bytes, checksums });
    this.#parts.push(completedPart(number, stored));
    this.#sent += bytes.byteLength;
    this.#callbacks.sent(this.#sent);
  }

  #sendPart({ number, bytes, checksums }: ContentPart): Promise<SentPart> {
    const { checksum, client, profile } = this.#asBegun;
    const known = { [checksum]: checksums[checksum] ?? checksumOf(checksum, bytes) };
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

  async #create(): Promise<void> {
    if (this.#resumed === undefined) return this.#begin();
    this.#uploadId = this.#resumed.uploadId;
    this.#told = true;
  }

  async #begin(): Promise<void> {
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
    } finally {
      this.#cancel.signal.removeEventListener('abort', giveUp);
      clearTimeout(timer);
    }
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

  async #complete(): Promise<StoredInParts> {
    const seen = this.#content.seen;
    if (seen === undefined) throw new Error('a content without an end was sent whole');
    const last = Math.max(0, ...(this.#resumed?.parts.keys() ?? []));
    if (last > this.#parts.length) throw this.#otherContent(`part ${last}`);
    const uploadId = given(this.#uploadId, 'upload id');
    const whole = { ...seen, uploadId, parts: this.#parts };
    const stored = await completeParts(this.#asBegun, this.#target, whole, this.#cancel.signal);
    return { ...stored, ...seen, resumed: this.#resumed !== undefined };
  }

  /** The bucket as it is for this upload: one that was begun without checksums goes on without. */
  get #asBegun(): Bucket {
    const { profile } = this.#bucket;
    if (this.#resumed?.checksummed !== false) return this.#bucket;
    return { ...this.#bucket, profile: { ...profile, checksums: 'none' } };
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

function completedPart(number: number, sent: SentPart): CompletedPart {
  const { ETag, ChecksumCRC32, ChecksumCRC64NVME, ChecksumSHA256 } = sent;
  return {
    PartNumber: number,
    ETag: given(ETag, 'ETag'),
    ChecksumCRC32,
    ChecksumCRC64NVME,
    ChecksumSHA256,
  };
}
