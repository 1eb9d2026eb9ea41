import { access, constants } from 'node:fs/promises';
import { resolve } from 'node:path';
import {
  type AbsentCondition,
  asStorageError,
  type Body,
  type Capabilities,
  type Condition,
  type CopyOptions,
  checkCopyOptions,
  checkDeleteOptions,
  checkDownloadOptions,
  checkListOptions,
  checkOperationOptions,
  checkUploadOptions,
  type DeleteOptions,
  type DeleteResult,
  type Download,
  type DownloadOptions,
  deleteEach,
  existsByStat,
  type FileMetadata,
  type HealthReport,
  isStorageError,
  type ListEntry,
  type ListOptions,
  type MatchCondition,
  moveByCopy,
  type OperationContext,
  type OperationOptions,
  parseKey,
  resolveRange,
  runListing,
  runOperation,
  StorageError,
  type StorageProvider,
  throwIfAborted,
  type UploadOptions,
} from '@org/storage-core';
import { fileError } from './file-error.js';
import { OpenBodies } from './open-bodies.js';
import { type OpenFile, openFile } from './open-file.js';
import { parseHoldable, parsePresent, pathProblem } from './paths.js';
import { reclaimStaging } from './reclaim.js';
import { removeFile } from './remove.js';
import { makeReserved } from './reserved.js';
import { checkRootPresent, openRoot, type Root } from './root.js';
import { stableStream } from './stable-stream.js';
import { walk } from './walk.js';
import { storeBody, storeCopy } from './write.js';

export interface LocalStorageOptions {
  /** Directory that holds the files; a relative path starts at the working directory of now. */
  readonly root: string;
  /** Default `local`. */
  readonly name?: string | undefined;
  /** Whether to make the root, and its parents, if it does not exist. Default `false`. */
  readonly createRoot?: boolean | undefined;
}

/**
 * Files in a directory, each under its key as path, so that other programs can read them and files that were there before are
 * served. Any number of processes may share the directory. See the package's README for what that guarantees.
 */
export class LocalStorageProvider implements StorageProvider {
  readonly name: string;
  readonly capabilities: Capabilities = {
    conditionalCreate: 'native',
    conditionalCreateInParts: 'native',
    conditionalUpdate: 'absent', // POSIX has no way to replace a file only if it is a certain one
    conditionalDelete: 'absent',
    conditionalCopyCreate: 'absent',
    conditionalCopyUpdate: 'absent',
    metadata: 'native',
    tags: 'absent',
    multipart: 'absent',
    resumableUpload: 'absent',
    versions: 'absent',
    downloadUrls: 'absent',
    uploadTickets: 'absent',
    serverSideCopy: 'native',
  };
  readonly #path: string;
  readonly #createRoot: boolean;
  readonly #bodies = new OpenBodies();
  #root: Promise<Root> | undefined;
  #prepared: Promise<Root> | undefined;
  #closed = false;

  /**
   * Does nothing on the disk yet.
   * @throws StorageError `InvalidArgument`.
   */
  constructor(options: LocalStorageOptions) {
    checkOptions(options);
    const { root, name = 'local', createRoot = false } = options;
    this.name = name;
    this.#path = resolve(root);
    this.#createRoot = createRoot;
  }

  upload(key: string, body: Body, options: UploadOptions = {}): Promise<FileMetadata> {
    const run = async () => {
      const parsed = parseHoldable(key);
      checkUploadOptions(options);
      if (options.tags !== undefined) throw unsupported('tags can’t be stored in a directory');
      const { signal } = options;
      const conditions = { condition: onlyAbsent(options.condition), signal };
      return storeBody(await this.#writable(), parsed, body, options, conditions);
    };
    return this.#run('upload', key, options, run, body);
  }

  download(key: string, options: DownloadOptions = {}): Promise<Download> {
    return this.#run('download', key, options, async (context) => {
      checkDownloadOptions(options);
      const parsed = parsePresent(key);
      const file = await openFile(await this.#readable(), parsed);
      try {
        return this.#hand(file, options, context);
      } catch (error) {
        await file.descriptor.close();
        throw error;
      }
    });
  }

  /** From here on, the body owns the descriptor. */
  #hand(file: OpenFile, options: DownloadOptions, context: OperationContext): Download {
    const { metadata } = file;
    const { signal, condition } = options;
    this.#checkOpen();
    throwIfAborted(signal);
    checkVersion(metadata, condition);
    const range =
      options.range === undefined ? undefined : resolveRange(options.range, metadata.size);
    const translate = (error: unknown) => asStorageError(error, context, fileError);
    const stream = stableStream(file, range, translate);
    this.#bodies.add(stream, signal, translate);
    return { metadata, body: stream.body, ...(range === undefined ? {} : { range }) };
  }

  stat(key: string, options: OperationOptions = {}): Promise<FileMetadata> {
    return this.#run('stat', key, options, async () => {
      checkOperationOptions(options);
      const parsed = parsePresent(key);
      const { metadata, descriptor } = await openFile(await this.#readable(), parsed);
      await descriptor.close();
      return metadata;
    });
  }

  exists(key: string, options?: OperationOptions): Promise<boolean> {
    return existsByStat(this, key, options);
  }

  delete(key: string, options: DeleteOptions = {}): Promise<void> {
    return this.#run('delete', key, options, async () => {
      const parsed = parseKey(key);
      checkDeleteOptions(options);
      if (options.condition !== undefined) throw noMatch();
      const root = await this.#readable();
      if (pathProblem(parsed) === undefined) await removeFile(root, parsed);
    });
  }

  deleteMany(keys: Iterable<string>, options: OperationOptions = {}): Promise<DeleteResult> {
    return this.#run('deleteMany', undefined, options, async () => {
      checkOperationOptions(options);
      return deleteEach(this, keys, options);
    });
  }

  list(options: ListOptions = {}): AsyncIterable<ListEntry> {
    const { signal } = options;
    const context = { operation: 'list', provider: this.name, signal };
    return runListing(context, () => this.#list(options), fileError);
  }

  async *#list(options: ListOptions): AsyncGenerator<ListEntry> {
    checkListOptions(options);
    this.#checkOpen();
    const root = await this.#find();
    await checkRootPresent(root);
    for await (const entry of walk(root, options)) {
      this.#checkOpen();
      yield entry;
    }
    await checkRootPresent(root); // directories that are gone because all of it is gone
  }

  copy(from: string, to: string, options: CopyOptions = {}): Promise<FileMetadata> {
    return this.#run('copy', from, options, async () => {
      checkCopyOptions(options);
      const target = parseHoldable(to);
      const source = parsePresent(from);
      if (options.condition !== undefined) {
        throw unsupported('a copy within a directory takes no condition');
      }
      return storeCopy(await this.#writable(), source, target, options.signal);
    });
  }

  move(from: string, to: string, options: CopyOptions = {}): Promise<FileMetadata> {
    return this.#run('move', from, options, () => moveByCopy(this, from, to, options));
  }

  checkHealth(options: OperationOptions = {}): Promise<HealthReport> {
    const context = { operation: 'checkHealth', provider: this.name, signal: options.signal };
    return runOperation(context, async () => {
      checkOperationOptions(options);
      const start = performance.now();
      const error = await this.#illness().catch((failure: unknown) =>
        asStorageError(failure, context, fileError),
      );
      const latency = performance.now() - start;
      return error === undefined ? { healthy: true, latency } : { healthy: false, latency, error };
    });
  }

  async #illness(): Promise<undefined> {
    this.#checkOpen();
    const root = await this.#find();
    await checkRootPresent(root);
    await access(root.path, constants.R_OK | constants.W_OK | constants.X_OK);
  }

  /** Bodies that are still being read fail; uploads that are under way come to their end. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#bodies.failAll(closedError());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /**
   * The root is looked up once: a disk that is unmounted later must not be taken for an empty root.
   * @throws StorageError `NotFound` if there is none.
   */
  #find(): Promise<Root> {
    this.#root ??= openRoot(this.#path, this.#createRoot).catch((error: unknown) => {
      this.#root = undefined;
      throw error;
    });
    return this.#root;
  }

  /** For operations on a key, where `NotFound` would be taken for an answer about the key. */
  async #readable(): Promise<Root> {
    try {
      return await this.#find();
    } catch (error) {
      if (!isStorageError(error, 'NotFound')) throw error;
      throw new StorageError('Unavailable', error.message, { cause: error });
    }
  }

  #writable(): Promise<Root> {
    const prepare = async () => {
      const root = await this.#readable();
      await checkRootPresent(root);
      await makeReserved(root);
      await reclaimStaging(root);
      return root;
    };
    this.#prepared ??= prepare().catch((error: unknown) => {
      this.#prepared = undefined;
      throw error;
    });
    return this.#prepared;
  }

  #checkOpen(): void {
    if (this.#closed) throw closedError();
  }

  #run<T>(
    operation: string,
    key: string | undefined,
    options: OperationOptions,
    run: (context: OperationContext) => Promise<T>,
    body?: Body,
  ): Promise<T> {
    const context = { operation, provider: this.name, key, signal: options.signal, body };
    const checked = async () => {
      this.#checkOpen();
      return run(context);
    };
    return runOperation(context, checked, fileError);
  }
}

function checkOptions(options: LocalStorageOptions): void {
  const { root, name, createRoot, ...others } = options;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    throw invalid(`unknown option "${unknown}"; there are root, name, createRoot`);
  }
  if (typeof root !== 'string' || root === '' || root.includes('\0')) {
    throw invalid('root is the path of a directory');
  }
  if (name !== undefined && typeof name !== 'string') throw invalid('name is text');
  if (createRoot !== undefined && typeof createRoot !== 'boolean') {
    throw invalid('createRoot is true or false');
  }
}

function checkVersion(metadata: FileMetadata, condition: MatchCondition | undefined): void {
  if (condition === undefined || condition.etag === metadata.etag) return;
  throw new StorageError('PreconditionFailed', `${metadata.key} is not the expected version`);
}

function onlyAbsent(condition: Condition | undefined): AbsentCondition | undefined {
  if (condition?.type === 'match') throw noMatch();
  return condition;
}

function noMatch(): StorageError {
  return unsupported(
    'a directory can’t change a file only if it is a certain version: other processes may come in between',
  );
}

const invalid = (message: string) => new StorageError('InvalidArgument', message);

const unsupported = (message: string) => new StorageError('Unsupported', message);

const closedError = () =>
  new StorageError('Unavailable', 'the provider is closed', { retryable: false });
