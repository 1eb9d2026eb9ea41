import { Readable } from 'node:stream';
import { type Body, lengthOf, streamOf } from './body.js';
import { type Capabilities, refuseAbsent } from './capabilities.js';
import { compareChecksums, Digest } from './checksum.js';
import { contentTypeOf } from './content-type.js';
import { carriedOptions, deleteEach, existsByStat, moveByCopy } from './derived.js';
import { StorageError, throwIfAborted } from './error.js';
import type { ETag } from './etag.js';
import { compareKeys, type Key, parseKey } from './key.js';
import type { FileMetadata } from './metadata.js';
import { asStorageError, runListing, runOperation } from './operation.js';
import {
  checkCopyOptions,
  checkDeleteOptions,
  checkDownloadOptions,
  checkListOptions,
  checkOperationOptions,
  checkTags,
  checkUploadOptions,
  checkVersionOptions,
} from './options.js';
import type {
  Condition,
  CopyOptions,
  DeleteOptions,
  DeleteResult,
  Download,
  DownloadOptions,
  FileTags,
  HealthReport,
  ListEntry,
  ListOptions,
  OperationOptions,
  StorageProvider,
  UploadOptions,
  VersionOptions,
} from './provider.js';
import { resolveRange } from './range.js';

interface StoredFile {
  readonly metadata: FileMetadata;
  readonly content: Buffer;
  readonly tags: Readonly<Record<string, string>>;
}

export interface MemoryStorageOptions {
  /** Default `memory`. */
  readonly name?: string;
}

/** Files in this process's memory: for tests, and as the plainest example of a provider. */
export class MemoryStorageProvider implements StorageProvider {
  readonly name: string;
  readonly capabilities: Capabilities = {
    conditionalCreate: 'native',
    conditionalCreateInParts: 'native',
    conditionalUpdate: 'native',
    conditionalDelete: 'native',
    conditionalCopyCreate: 'native',
    conditionalCopyUpdate: 'native',
    metadata: 'native',
    tags: 'native',
    multipart: 'absent',
    resumableUpload: 'absent',
    versions: 'absent',
    downloadUrls: 'absent',
    uploadTickets: 'absent',
    serverSideCopy: 'native',
  };
  readonly tags: FileTags;
  readonly #files = new Map<string, StoredFile>();
  #closed = false;

  constructor(options: MemoryStorageOptions = {}) {
    this.name = options.name ?? 'memory';
    this.tags = {
      get: (key, given = {}) => this.#getTags(key, given),
      set: (key, tags, given = {}) => this.#setTags(key, tags, given),
    };
  }

  #getTags(key: string, options: VersionOptions): Promise<Readonly<Record<string, string>>> {
    return this.#run('getTags', key, options, async () => {
      checkVersionOptions(options);
      refuseAbsent(this.capabilities, { versions: options.versionId });
      return { ...this.#get(parseKey(key)).tags };
    });
  }

  #setTags(
    key: string,
    tags: Readonly<Record<string, string>>,
    options: VersionOptions,
  ): Promise<void> {
    return this.#run('setTags', key, options, async () => {
      checkVersionOptions(options);
      refuseAbsent(this.capabilities, { versions: options.versionId });
      checkTags(tags);
      const parsed = parseKey(key);
      this.#files.set(parsed, { ...this.#get(parsed), tags: { ...tags } });
    });
  }

  upload(key: string, body: Body, options: UploadOptions = {}): Promise<FileMetadata> {
    const run = async () => {
      const parsed = parseKey(key);
      checkUploadOptions(options);
      refuseAbsent(this.capabilities, { resumableUpload: options.uploadId ?? options.keepParts });
      checkCondition(this.#files.get(key)?.metadata, options.condition); // early: nothing is read for nothing
      return this.#store(parsed, await read(body, options), options);
    };
    return this.#run('upload', key, options, run, body);
  }

  /** From the check of the condition to the change there is no `await`: nothing comes in between. */
  #store(key: Key, content: Buffer, options: UploadOptions): FileMetadata {
    const checksums = new Digest(options.checksums).update(content).checksums();
    compareChecksums(options.checksums ?? {}, checksums, `the body of ${key}`);
    this.#checkOpen();
    throwIfAborted(options.signal);
    checkCondition(this.#files.get(key)?.metadata, options.condition);
    const { cacheControl, contentDisposition } = options;
    const metadata: FileMetadata = {
      key,
      size: content.byteLength,
      etag: checksums.sha256 as ETag,
      contentType: options.contentType ?? contentTypeOf(key),
      lastModified: new Date(),
      checksums,
      ...(cacheControl === undefined ? {} : { cacheControl }),
      ...(contentDisposition === undefined ? {} : { contentDisposition }),
      metadata: { ...options.metadata },
    };
    this.#files.set(key, { metadata, content, tags: { ...options.tags } });
    return structuredClone(metadata);
  }

  download(key: string, options: DownloadOptions = {}): Promise<Download> {
    return this.#run('download', key, options, async () => {
      checkDownloadOptions(options);
      refuseAbsent(this.capabilities, { versions: options.versionId });
      const { metadata, content } = this.#get(parseKey(key));
      checkCondition(metadata, options.condition);
      const file = structuredClone(metadata);
      if (options.range === undefined) return { metadata: file, body: streamOfCopies(content) };
      const range = resolveRange(options.range, metadata.size);
      const part = content.subarray(range.start, range.end + 1);
      return { metadata: file, range, body: streamOfCopies(part) };
    });
  }

  stat(key: string, options: VersionOptions = {}): Promise<FileMetadata> {
    return this.#run('stat', key, options, async () => {
      checkVersionOptions(options);
      refuseAbsent(this.capabilities, { versions: options.versionId });
      return structuredClone(this.#get(parseKey(key)).metadata);
    });
  }

  exists(key: string, options?: OperationOptions): Promise<boolean> {
    return existsByStat(this, key, options);
  }

  delete(key: string, options: DeleteOptions = {}): Promise<void> {
    return this.#run('delete', key, options, async () => {
      checkDeleteOptions(options);
      refuseAbsent(this.capabilities, { versions: options.versionId });
      checkCondition(this.#files.get(parseKey(key))?.metadata, options.condition);
      this.#files.delete(key);
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
    return runListing(context, () => this.#list(options));
  }

  async *#list(options: ListOptions): AsyncGenerator<ListEntry> {
    checkListOptions(options);
    this.#checkOpen();
    const { prefix = '', delimiter, startAfter } = options;
    let group: string | undefined;
    for (const key of [...this.#files.keys()].sort(compareKeys)) {
      if (!key.startsWith(prefix)) continue;
      const end = delimiter === undefined ? -1 : key.indexOf(delimiter, prefix.length);
      const name = end < 0 ? key : key.slice(0, end + 1);
      if (name === group || (startAfter !== undefined && compareKeys(name, startAfter) <= 0))
        continue;
      if (end >= 0) {
        group = name;
        yield { type: 'prefix', prefix: name };
        continue;
      }
      const file = this.#files.get(key);
      if (file === undefined) continue; // deleted since the listing began
      const { size, etag, lastModified } = file.metadata;
      yield {
        type: 'file',
        key: file.metadata.key,
        size,
        etag,
        lastModified: new Date(lastModified),
      };
    }
  }

  copy(from: string, to: string, options: CopyOptions = {}): Promise<FileMetadata> {
    return this.#run('copy', from, options, async () => {
      checkCopyOptions(options);
      const { metadata, content, tags } = this.#get(parseKey(from));
      const { condition, sourceCondition, signal } = options;
      checkCondition(metadata, sourceCondition);
      const carried = { ...carriedOptions(metadata), tags };
      return this.#store(parseKey(to), content, { ...carried, condition, signal });
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
    this.#files.clear();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #get(key: Key): StoredFile {
    const file = this.#files.get(key);
    if (file === undefined) throw new StorageError('NotFound', `there is no file ${key}`);
    return file;
  }

  #checkOpen(): void {
    if (this.#closed) throw closed();
  }

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

/** A reader may do with its bytes what it likes. */
function streamOfCopies(content: Buffer): Readable {
  const CHUNK = 64 * 1024;
  const chunks = function* () {
    for (let start = 0; start < content.byteLength; start += CHUNK)
      yield Buffer.from(content.subarray(start, start + CHUNK));
  };
  return Readable.from(chunks(), { objectMode: false });
}

function checkCondition(current: FileMetadata | undefined, condition: Condition | undefined): void {
  if (condition === undefined) return;
  if (condition.type === 'absent') {
    if (current !== undefined)
      throw new StorageError('AlreadyExists', `${current.key} exists already`);
  } else if (current?.etag !== condition.etag) {
    const found = current === undefined ? 'there is no such file' : 'it has changed';
    throw new StorageError('PreconditionFailed', `the file is not the expected version: ${found}`);
  }
}

async function read(body: Body, options: UploadOptions): Promise<Buffer> {
  const { signal, onProgress, contentLength = lengthOf(body) } = options;
  const chunks: Uint8Array[] = [];
  let size = 0;
  const stream = streamOf(body);
  const abort = () => stream.destroy();
  signal?.addEventListener('abort', abort, { once: true });
  try {
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      chunks.push(chunk);
      size += chunk.byteLength;
      if (contentLength !== undefined && size > contentLength) break; // the body may never end
      onProgress?.(size);
    }
  } finally {
    signal?.removeEventListener('abort', abort);
  }
  throwIfAborted(signal);
  if (contentLength !== undefined && size !== contentLength) {
    throw new StorageError(
      'ChecksumMismatch',
      `the body has ${size} bytes or more, ${contentLength} were announced`,
    );
  }
  return Buffer.concat(chunks);
}
