import type { Body } from './body.js';
import { type Capabilities, refuseAbsent } from './capabilities.js';
import { compareChecksums, Digest } from './checksum.js';
import { contentTypeOf } from './content-type.js';
import { carriedOptions, deleteEach, existsByStat, moveByCopy } from './derived.js';
import { StorageError, throwIfAborted } from './error.js';
import type { ETag } from './etag.js';
import type { FileTags } from './file-tags.js';
import type { FileVersion, FileVersions } from './file-versions.js';
import { type Key, parseKey } from './key.js';
import type { ListEntry, ListOptions } from './list-entry.js';
import { readBody, streamOfCopies } from './memory-body.js';
import { checkCondition, MemoryFiles } from './memory-files.js';
import { listFiles } from './memory-listing.js';
import type { FileMetadata } from './metadata.js';
import { asStorageError, runListing, runOperation } from './operation.js';
import type { OperationOptions, VersionOptions } from './operation-options.js';
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
  CopyOptions,
  DeleteOptions,
  DeleteResult,
  Download,
  DownloadOptions,
  HealthReport,
  StorageProvider,
  UploadOptions,
} from './provider.js';
import { resolveRange } from './range.js';
import { signedUrls } from './signed-urls.js';
import { UrlSigner, type UrlSignerOptions } from './url-signer.js';

export interface MemoryStorageOptions {
  /** Default `memory`. */
  readonly name?: string;
  /** Whether files that are overwritten or deleted can be had back, while the provider is open. Default `false`. */
  readonly versions?: boolean;
  /** For URLs that `urlSigner` verifies, where a handler of your own serves the files. Default: none. */
  readonly urls?: UrlSignerOptions;
}

/** Files in this process's memory: for tests, and as the plainest example of a provider. */
export class MemoryStorageProvider implements StorageProvider {
  readonly name: string;
  readonly capabilities: Capabilities;
  readonly tags: FileTags;
  readonly versions?: FileVersions;
  /** What signs, and is to verify, the URLs; with the option `urls`. */
  readonly urlSigner?: UrlSigner;
  readonly createDownloadUrl: StorageProvider['createDownloadUrl'];
  readonly createUploadTicket: StorageProvider['createUploadTicket'];
  readonly #files: MemoryFiles;
  #closed = false;

  constructor(options: MemoryStorageOptions = {}) {
    const { name = 'memory', versions = false, urls } = options;
    this.name = name;
    this.capabilities = {
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
      versions: versions ? 'native' : 'absent',
      downloadUrls: urls === undefined ? 'absent' : 'emulated',
      uploadTickets: urls === undefined ? 'absent' : 'emulated',
      serverSideCopy: 'native',
    };
    this.#files = new MemoryFiles(versions);
    this.tags = {
      get: (key, given = {}) => this.#getTags(key, given),
      set: (key, tags, given = {}) => this.#setTags(key, tags, given),
    };
    if (urls !== undefined) {
      this.urlSigner = new UrlSigner(urls);
      const signed = signedUrls(
        this.urlSigner,
        () => this.capabilities,
        (operation, key, given, act) => this.#run(operation, key, given, act),
      );
      this.createDownloadUrl = signed.createDownloadUrl;
      this.createUploadTicket = signed.createUploadTicket;
    }
    if (!versions) return;
    this.versions = {
      list: (given = {}) => this.#listVersions(given),
      restore: (key, versionId, given = {}) => this.#restore(key, versionId, given),
    };
  }

  #getTags(key: string, options: VersionOptions): Promise<Readonly<Record<string, string>>> {
    return this.#run('getTags', key, options, async () => {
      checkVersionOptions(options);
      refuseAbsent(this.capabilities, { versions: options.versionId });
      return { ...this.#files.get(parseKey(key), options.versionId).tags };
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
      this.#files.setTags(parseKey(key), { ...tags }, options.versionId);
    });
  }

  #listVersions(
    options: OperationOptions & { readonly prefix?: string },
  ): AsyncIterable<FileVersion> {
    const { prefix, ...others } = options;
    const context = { operation: 'listVersions', provider: this.name, signal: options.signal };
    const files = this.#files;
    const checkOpen = () => this.#checkOpen();
    return runListing(context, async function* () {
      checkListOptions({ prefix });
      checkOperationOptions(others);
      checkOpen();
      yield* files.versions(prefix ?? '');
    });
  }

  #restore(key: string, versionId: string, options: OperationOptions): Promise<FileMetadata> {
    return this.#run('restoreVersion', key, options, async () => {
      checkOperationOptions(options);
      checkVersionOptions({ versionId });
      const { metadata, content, tags } = this.#files.get(parseKey(key), versionId);
      return this.#store(metadata.key, content, { ...carriedOptions(metadata), tags });
    });
  }

  upload(key: string, body: Body, options: UploadOptions = {}): Promise<FileMetadata> {
    const run = async () => {
      const parsed = parseKey(key);
      checkUploadOptions(options);
      refuseAbsent(this.capabilities, { resumableUpload: options.uploadId ?? options.keepParts });
      checkCondition(this.#files.current(key)?.metadata, options.condition); // early: nothing is read for nothing
      return this.#store(parsed, await readBody(body, options), options);
    };
    return this.#run('upload', key, options, run, body);
  }

  /** From the check of the condition to the change there is no `await`: nothing comes in between. */
  #store(key: Key, content: Buffer, options: UploadOptions): FileMetadata {
    const checksums = new Digest(options.checksums).update(content).checksums();
    compareChecksums(options.checksums ?? {}, checksums, `the body of ${key}`);
    this.#checkOpen();
    throwIfAborted(options.signal);
    checkCondition(this.#files.current(key)?.metadata, options.condition);
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
    return structuredClone(this.#files.put(key, { metadata, content, tags: { ...options.tags } }));
  }

  download(key: string, options: DownloadOptions = {}): Promise<Download> {
    return this.#run('download', key, options, async () => {
      checkDownloadOptions(options);
      refuseAbsent(this.capabilities, { versions: options.versionId });
      const { metadata, content } = this.#files.get(parseKey(key), options.versionId);
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
      return structuredClone(this.#files.get(parseKey(key), options.versionId).metadata);
    });
  }

  exists(key: string, options?: OperationOptions): Promise<boolean> {
    return existsByStat(this, key, options);
  }

  delete(key: string, options: DeleteOptions = {}): Promise<void> {
    return this.#run('delete', key, options, async () => {
      checkDeleteOptions(options);
      refuseAbsent(this.capabilities, { versions: options.versionId });
      const { condition, versionId } = options;
      checkCondition(this.#files.current(parseKey(key))?.metadata, condition);
      if (versionId === undefined) this.#files.remove(key);
      else this.#files.removeVersion(key, versionId);
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
    yield* listFiles(this.#files, options);
  }

  copy(from: string, to: string, options: CopyOptions = {}): Promise<FileMetadata> {
    return this.#run('copy', from, options, async () => {
      checkCopyOptions(options);
      const { metadata, content, tags } = this.#files.get(parseKey(from));
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
