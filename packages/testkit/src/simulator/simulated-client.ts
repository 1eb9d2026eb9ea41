import {
  type Body,
  type Capabilities,
  type CopyOptions,
  carriedOptions,
  type DeleteOptions,
  type DeleteResult,
  type Download,
  type DownloadOptions,
  deleteEach,
  existsByStat,
  type FileMetadata,
  type FileTags,
  type HealthReport,
  isStorageError,
  type ListEntry,
  type ListOptions,
  type MultipartUploads,
  moveByCopy,
  type OperationOptions,
  resolveRange,
  type StorageProvider,
  type UploadOptions,
  type VersionOptions,
} from '@org/storage-core';
import { Connection, told, writes } from './connection.js';
import { checkedAt } from './failure.js';
import { pageOf } from './listing-page.js';
import type { SimulatedProcess } from './process.js';
import { simulatedBody } from './simulated-body.js';
import { multipartUploads } from './simulated-multipart.js';
import type { SimulatedStore } from './simulated-store.js';
import { fileTags } from './simulated-tags.js';
import { upload } from './simulated-upload.js';

/** A store as one process sees it: each request is a step of the process. */
export class SimulatedClient implements StorageProvider {
  readonly name: string;
  readonly capabilities: Capabilities;
  readonly multipart?: MultipartUploads;
  readonly tags?: FileTags;
  readonly #store: SimulatedStore;
  readonly #connection: Connection;

  constructor(store: SimulatedStore, process: SimulatedProcess) {
    const connection = new Connection(store, process);
    this.name = store.name;
    this.capabilities = connection.capabilities;
    this.#store = store;
    this.#connection = connection;
    if (this.capabilities.multipart !== 'absent') this.multipart = multipartUploads(connection);
    if (this.capabilities.tags !== 'absent') this.tags = fileTags(connection);
  }

  upload(key: string, body: Body, options: UploadOptions = {}): Promise<FileMetadata> {
    return upload(this.#connection, key, body, options);
  }

  async download(key: string, options: DownloadOptions = {}): Promise<Download> {
    const { parsed, place } = this.#connection.placeOf('download', key, options);
    const { condition } = options;
    const file = await this.#connection.request({
      place,
      type: 'read',
      label: () => `${this.name} download ${key}${told(condition)}`,
      effect: () => {
        const file = this.#store.get(place, parsed);
        this.#store.check(place, file, condition);
        return file;
      },
    });
    const { range: asked } = options;
    const range = asked && checkedAt(place, () => resolveRange(asked, file.metadata.size));
    const read = <T>(effect: () => T): Promise<T> =>
      this.#connection.request({
        place,
        type: 'read',
        label: () => `${this.name} read on ${key}`,
        effect,
      });
    const body = simulatedBody(file, range, this.#store.options, place, read);
    return { metadata: file.metadata, body, ...(range && { range }) };
  }

  async stat(key: string, options: VersionOptions = {}): Promise<FileMetadata> {
    const { parsed, place } = this.#connection.placeOf('stat', key, options);
    return this.#connection.request({
      place,
      type: 'read',
      label: () => `${this.name} stat ${key}`,
      effect: () => this.#store.get(place, parsed).metadata,
    });
  }

  exists(key: string, options?: OperationOptions): Promise<boolean> {
    return existsByStat(this, key, options);
  }

  async delete(key: string, options: DeleteOptions = {}): Promise<void> {
    const { parsed, place } = this.#connection.placeOf('delete', key, options);
    const { condition } = options;
    this.#connection.refuseAbsent(place, { conditionalDelete: condition });
    await this.#connection.request({
      place,
      type: writes(condition),
      label: () => `${this.name} delete ${key}${told(condition)}`,
      effect: () => {
        this.#store.check(place, this.#store.files.get(parsed), condition);
        this.#store.drop(parsed, this.#connection.process);
      },
    });
  }

  deleteMany(keys: Iterable<string>, options?: OperationOptions): Promise<DeleteResult> {
    return deleteEach(this, keys, options);
  }

  async *list(options: ListOptions = {}): AsyncGenerator<ListEntry, void, undefined> {
    const { prefix = '', delimiter } = options;
    let { startAfter } = options;
    for (;;) {
      const after = startAfter;
      const page = await this.#connection.request({
        place: this.#connection.place('list', undefined, options),
        type: 'read',
        label: () => `${this.name} list ${prefix}…${after === undefined ? '' : ` after ${after}`}`,
        effect: () => pageOf(this.#store, prefix, delimiter, after),
      });
      for (const entry of page.entries) {
        startAfter = entry.type === 'file' ? entry.key : entry.prefix;
        yield entry;
      }
      if (!page.more) return;
    }
  }

  async copy(from: string, to: string, options: CopyOptions = {}): Promise<FileMetadata> {
    const { parsed: source, place } = this.#connection.placeOf('copy', from, options);
    const target = this.#connection.parse(place, to);
    const { condition, sourceCondition } = options;
    this.#connection.refuseAbsent(place, {
      conditionalCopyCreate: condition?.type === 'absent',
      conditionalCopyUpdate: condition?.type === 'match',
    });
    const store = this.#store;
    return this.#connection.request({
      place,
      type: writes(condition ?? sourceCondition),
      label: () => `${this.name} copy ${from}${told(sourceCondition)} to ${to}${told(condition)}`,
      effect: () => {
        const file = store.get(place, source);
        store.check(place, file, sourceCondition);
        store.check(place, store.files.get(target), condition);
        const carried = { ...carriedOptions(file.metadata), tags: file.tags };
        return store.put(target, file.bytes, carried, this.#connection.process).metadata;
      },
    });
  }

  move(from: string, to: string, options?: CopyOptions): Promise<FileMetadata> {
    return moveByCopy(this, from, to, options);
  }

  async checkHealth(options: OperationOptions = {}): Promise<HealthReport> {
    try {
      await this.#connection.request({
        place: this.#connection.place('checkHealth', undefined, options),
        type: 'read',
        label: () => `${this.name} check health`,
        effect: () => undefined,
      });
      return { healthy: true, latency: 0 };
    } catch (error) {
      if (!isStorageError(error)) throw error;
      return { healthy: false, latency: 0, error };
    }
  }

  async close(): Promise<void> {
    this.#connection.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
