import {
  asStorageError,
  type Body,
  type CopyOptions,
  carriedOptions,
  checkCopyOptions,
  checkDeleteOptions,
  checkDownloadOptions,
  checkListOptions,
  checkOperationOptions,
  checkUploadOptions,
  checkVersionOptions,
  compareChecksums,
  contentTypeOf,
  type DeleteOptions,
  type DeleteResult,
  Digest,
  type Download,
  type DownloadOptions,
  deleteEach,
  existsByStat,
  type FileMetadata,
  type HealthReport,
  type Key,
  type ListEntry,
  type ListOptions,
  moveByCopy,
  type OperationOptions,
  parseETag,
  parseKey,
  refuseAbsent,
  resolveRange,
  runListing,
  runOperation,
  StorageError,
  type StorageProvider,
  throwIfAborted,
  type UploadOptions,
  type VersionOptions,
} from '@org/storage-core';
import { readBody, streamOfCopy } from './body.js';
import { CAPABILITIES } from './capabilities.js';
import { checkCondition } from './condition.js';
import { listFiles } from './listing.js';
import { ExampleStore, type StoredFile } from './store.js';

export interface ExampleStorageOptions {
  /** For messages and metrics. Default `example`. */
  readonly name?: string;
}

/** Files in {@link ExampleStore}. */
export class ExampleStorageProvider implements StorageProvider {
  readonly name: string;
  readonly capabilities = CAPABILITIES;
  readonly #store = new ExampleStore();
  #closed = false;

  constructor({ name = 'example' }: ExampleStorageOptions = {}) {
    this.name = name;
  }

  upload(key: string, body: Body, options: UploadOptions = {}): Promise<FileMetadata> {
    const run = async () => {
      const parsed = parseKey(key);
      checkUploadOptions(options);
      const { tags, uploadId, keepParts, condition } = options;
      refuseAbsent(this.capabilities, { tags, resumableUpload: uploadId ?? keepParts });
      checkCondition((await this.#store.get(key))?.metadata, condition); // early: nothing is read for nothing
      return this.#put(parsed, await readBody(body, options), options);
    };
    return this.#run('upload', key, options, run, body);
  }

  async #put(key: Key, content: Buffer, options: UploadOptions): Promise<FileMetadata> {
    const checksums = new Digest(options.checksums).update(content).checksums();
    compareChecksums(options.checksums ?? {}, checksums, `the body of ${key}`);
    const { cacheControl, contentDisposition } = options;
    const metadata: FileMetadata = {
      key,
      size: content.byteLength,
      etag: parseETag(checksums.sha256),
      contentType: options.contentType ?? contentTypeOf(key),
      lastModified: new Date(),
      checksums,
      ...(cacheControl === undefined ? {} : { cacheControl }),
      ...(contentDisposition === undefined ? {} : { contentDisposition }),
      metadata: { ...options.metadata },
    };
    await this.#store.change(key, (current) => {
      this.#checkOpen();
      throwIfAborted(options.signal);
      checkCondition(current?.metadata, options.condition);
      return { metadata, content };
    });
    return structuredClone(metadata);
  }

  download(key: string, options: DownloadOptions = {}): Promise<Download> {
    return this.#run('download', key, options, async () => {
      checkDownloadOptions(options);
      refuseAbsent(this.capabilities, { versions: options.versionId });
      const { metadata, content } = await this.#get(key);
      checkCondition(metadata, options.condition);
      const file = structuredClone(metadata);
      if (options.range === undefined) return { metadata: file, body: streamOfCopy(content) };
      const range = resolveRange(options.range, metadata.size);
      const part = content.subarray(range.start, range.end + 1);
      return { metadata: file, range, body: streamOfCopy(part) };
    });
  }

  stat(key: string, options: VersionOptions = {}): Promise<FileMetadata> {
    return this.#run('stat', key, options, async () => {
      checkVersionOptions(options);
      refuseAbsent(this.capabilities, { versions: options.versionId });
      return structuredClone((await this.#get(key)).metadata);
    });
  }

  exists(key: string, options?: OperationOptions): Promise<boolean> {
    return existsByStat(this, key, options);
  }

  delete(key: string, options: DeleteOptions = {}): Promise<void> {
    return this.#run('delete', key, options, async () => {
      checkDeleteOptions(options);
      refuseAbsent(this.capabilities, { versions: options.versionId });
      await this.#store.change(parseKey(key), (current) => {
        checkCondition(current?.metadata, options.condition);
        return undefined;
      });
    });
  }

  deleteMany(keys: Iterable<string>, options: OperationOptions = {}): Promise<DeleteResult> {
    return this.#run('deleteMany', undefined, options, async () => {
      checkOperationOptions(options);
      return deleteEach(this, keys, options);
    });
  }

  list(options: ListOptions = {}): AsyncIterable<ListEntry> {
    const context = { operation: 'list', provider: this.name, signal: options.signal };
    return runListing(context, () => {
      checkListOptions(options);
      this.#checkOpen();
      return listFiles(this.#store, options);
    });
  }

  copy(from: string, to: string, options: CopyOptions = {}): Promise<FileMetadata> {
    return this.#run('copy', from, options, async () => {
      checkCopyOptions(options);
      const target = parseKey(to);
      const { metadata, content } = await this.#get(from);
      const { condition, sourceCondition, signal } = options;
      checkCondition(metadata, sourceCondition);
      return this.#put(target, content, { ...carriedOptions(metadata), condition, signal });
    });
  }

  move(from: string, to: string, options: CopyOptions = {}): Promise<FileMetadata> {
    return this.#run('move', from, options, () => moveByCopy(this, from, to, options));
  }

  checkHealth(options: OperationOptions = {}): Promise<HealthReport> {
    const context = { operation: 'checkHealth', provider: this.name, signal: options.signal };
    return runOperation(context, async () => {
      checkOperationOptions(options);
      if (!this.#closed) return { healthy: true, latency: 0 };
      return { healthy: false, latency: 0, error: asStorageError(closed(), context) };
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#store.clear();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #get(key: string): Promise<StoredFile> {
    const file = await this.#store.get(parseKey(key));
    if (file === undefined) throw new StorageError('NotFound', `there is no file ${key}`);
    return file;
  }

  #checkOpen(): void {
    if (this.#closed) throw closed();
  }

  /** Errors of a client of your store that are no `StorageError` become one by a third argument of `runOperation`. */
  #run<T>(
    operation: string,
    key: string | undefined,
    options: OperationOptions,
    run: () => Promise<T>,
    body?: Body,
  ): Promise<T> {
    const context = { operation, provider: this.name, key, signal: options.signal, body };
    return runOperation(context, () => {
      this.#checkOpen();
      return run();
    });
  }
}

function closed(): StorageError {
  return new StorageError('Unavailable', 'the provider is closed', { retryable: false });
}
