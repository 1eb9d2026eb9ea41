import { isStorageError, StorageError, type StorageProvider } from '@org/storage-core';
import { DataStore, Upload } from '@tus/server';
import { allowedTypes } from '../upload/allowed-types.js';
import { SAMPLE } from '../upload/content-kind.js';
import { sampled } from '../upload/sampled.js';
import { describedFile, type Finishing, finish } from './finish.js';
import { Segments } from './segments.js';
import { answered, notTaken, TusError, withheld } from './tus-error.js';
import type { StorageTusStoreOptions } from './tus-options.js';
import { UploadFiles, type UploadState } from './upload-files.js';

const DAY = 86_400_000;

/** Milliseconds in which an upload that has expired must have been left alone before it is swept. */
const QUIET = 3_600_000;

const SEGMENT = 8 * 1024 ** 2;

/** Segments of one upload that are not of the whole size: each request looks at all of them. */
const SMALL_SEGMENTS = 10_000;

/** Ids become parts of keys. */
const ID = /^[\w-]{1,128}$/;

/**
 * The store of a `Server` of `@tus/server` that keeps unfinished uploads in a storage, of whichever kind: what a client sends is stored
 * in segments as it comes in, and survives a crash of the server; when all bytes are there, one upload makes the file of them, at a
 * key that is created and never written over. Memory does not grow with the size of an upload. Several servers may share a storage:
 * of two that write at the same offset, one is told 409.
 *
 *     const server = new Server({ path: '/tus', datastore: new StorageTusStore({ storage, key: () => randomUUID() }) });
 *
 * A client that never learnt of its finished upload asks again (HEAD), and an upload that was not finished for a crash is finished then.
 */
export class StorageTusStore extends DataStore {
  readonly #storage: StorageProvider;
  readonly #files: UploadFiles;
  readonly #finishing: Finishing;
  readonly #expiration: number;
  readonly #segmentSize: number;

  /**
   * @throws StorageError `InvalidArgument`.
   */
  constructor(options: StorageTusStoreOptions) {
    super();
    const { storage, prefix = '.tus/', expiration = DAY, segmentSize = SEGMENT, types } = options;
    if (!prefix.endsWith('/'))
      throw new StorageError('InvalidArgument', 'the prefix ends with a slash');
    if (!(Number.isSafeInteger(segmentSize) && segmentSize > 0))
      throw new StorageError(
        'InvalidArgument',
        'segmentSize is a whole number of bytes, 1 or more',
      );
    if (!(expiration >= 0))
      throw new StorageError('InvalidArgument', 'expiration is milliseconds, 0 or more');
    this.#storage = storage;
    this.#files = new UploadFiles(storage, prefix);
    const allowed = types === undefined ? () => true : allowedTypes(types);
    this.#finishing = { ...options, files: this.#files, allowed };
    this.#expiration = expiration;
    this.#segmentSize = segmentSize;
    this.extensions = [
      'creation',
      'creation-with-upload',
      'creation-defer-length',
      'termination',
      ...(expiration > 0 ? ['expiration'] : []),
    ];
  }

  override getExpiration(): number {
    return this.#expiration;
  }

  override create(upload: Upload): Promise<Upload> {
    const { id, size = null, metadata = {}, creation_date: created } = upload;
    return answered(async () => {
      this.#check(id);
      const record = { size, metadata, created: created ?? new Date().toISOString() };
      await this.#files.create(id, 'upload', record);
      if (size === 0) await this.#finish(id, await this.#files.state(id));
      return upload;
    });
  }

  override getUpload(id: string): Promise<Upload> {
    return answered(async () => {
      const state = await this.#state(id);
      if (isComplete(state)) await this.#finish(id, state);
      const { record, size, offset } = state;
      return new Upload({
        id,
        offset,
        metadata: record.metadata,
        creation_date: record.created,
        ...(size === undefined ? {} : { size }),
      });
    });
  }

  /** The key of an upload's file, once all bytes are there: for `onUploadFinish` of the server, for instance. */
  keyOf(id: string): Promise<string | undefined> {
    return answered(async () => {
      const { targeted } = await this.#state(id);
      return targeted ? String(await this.#files.read(id, 'target')) : undefined;
    });
  }

  override declareUploadLength(id: string, length: number): Promise<void> {
    return answered(async () => {
      await this.#state(id);
      await this.#files.create(id, 'length', length);
    });
  }

  /** @returns the offset after what was stored. Of a stream that breaks off, what came in is kept. */
  override write(stream: AsyncIterable<Uint8Array>, id: string, offset: number): Promise<number> {
    return answered(async () => {
      const before = await this.#state(id);
      if (before.stored) return before.offset;
      if (before.segments.length >= SMALL_SEGMENTS + Math.floor(offset / this.#segmentSize))
        throw new TusError(413, 'the upload is in too many pieces: send larger ones\n');
      const content = offset === 0 ? await this.#recognised(before, stream) : stream;
      const reached = await this.#append(content, id, offset);
      if (reached === before.size) {
        const after = await this.#files.state(id);
        if (isComplete(after)) await this.#finish(id, after);
      }
      return reached;
    });
  }

  override remove(id: string): Promise<void> {
    return answered(async () => {
      await this.#state(id);
      await this.#files.remove(id);
    });
  }

  /**
   * Removes what has expired, finished or not, an upload at a time: memory does not grow with their number. The files of finished uploads stay. One
   * that is still being written to is left.
   * @returns how many.
   */
  override async deleteExpired(): Promise<number> {
    if (this.#expiration === 0) return 0;
    let removed = 0;
    for await (const id of this.#files.ids()) {
      if (!(await this.#hasExpired(id))) continue;
      await this.#files.remove(id);
      removed += 1;
    }
    return removed;
  }

  async #hasExpired(id: string): Promise<boolean> {
    const now = Date.now();
    let newest = 0;
    for await (const { lastModified } of this.#files.all(id))
      newest = Math.max(newest, lastModified.getTime());
    if (now - newest < Math.min(QUIET, this.#expiration)) return false;
    try {
      const { record } = await this.#files.state(id);
      return now - Date.parse(record.created) > this.#expiration;
    } catch (error) {
      if (!isStorageError(error, 'NotFound')) throw error;
      return now - newest > this.#expiration; // what was written while the upload was removed
    }
  }

  async #append(content: AsyncIterable<Uint8Array>, id: string, offset: number): Promise<number> {
    const segments = new Segments(content, this.#segmentSize);
    let reached = offset;
    for (let next = await segments.next(); next !== undefined; next = await segments.next()) {
      await this.#storage.upload(this.#files.dataKey(id, reached), next.body, {
        condition: { type: 'absent' },
        contentType: 'application/octet-stream',
      });
      reached += next.size;
    }
    if (segments.broken !== undefined) throw segments.broken.error;
    return reached;
  }

  /** What can't be taken is refused with its first bytes, where those are enough to tell. */
  async #recognised(
    { record, size }: UploadState,
    stream: AsyncIterable<Uint8Array>,
  ): Promise<AsyncIterable<Uint8Array>> {
    const { sample, content } = await sampled(stream, SAMPLE);
    if (sample.byteLength === Math.min(SAMPLE, size ?? SAMPLE)) {
      const { contentType } = await describedFile(record, sample);
      if (!this.#finishing.allowed(contentType)) throw notTaken(contentType);
    }
    return content;
  }

  #finish(id: string, state: UploadState): Promise<void> {
    return withheld(() => finish(id, state, this.#finishing));
  }

  #state(id: string): Promise<UploadState> {
    this.#check(id);
    return this.#files.state(id);
  }

  #check(id: string): void {
    if (!ID.test(id)) throw new TusError(404, 'there is no such upload\n');
  }
}

function isComplete({ size, offset, stored }: UploadState): boolean {
  return !stored && offset === size;
}
