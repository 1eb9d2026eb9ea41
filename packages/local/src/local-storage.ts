import { resolve } from 'node:path';
import {
  asStorageError,
  type Body,
  type Capabilities,
  type CopyOptions,
  checkCopyOptions,
  checkDeleteOptions,
  checkDownloadOptions,
  checkListOptions,
  checkOperationOptions,
  checkUploadOptions,
  checkVersionOptions,
  type DeleteOptions,
  type DeleteResult,
  type Download,
  type DownloadOptions,
  deleteEach,
  existsByStat,
  type FileMetadata,
  type FileTags,
  type HealthReport,
  isHealthKey,
  type ListEntry,
  type ListOptions,
  moveByCopy,
  type OperationContext,
  type OperationOptions,
  parseKey,
  refuseAbsent,
  resolveRange,
  runListing,
  runOperation,
  StorageError,
  type StorageProvider,
  throwIfAborted,
  type UploadOptions,
  UrlSigner,
  type VersionOptions,
} from '@org/storage-core';
import { type AdoptOptions, storeAdopted } from './adopt.js';
import { capabilitiesWith } from './capabilities.js';
import { fileError } from './file-error.js';
import { localTags } from './local-tags.js';
import { type LocalTrash, localTrash } from './local-trash.js';
import { nativeLocks } from './native-locks.js';
import { OpenBodies } from './open-bodies.js';
import { type OpenFile, openFile } from './open-file.js';
import { checkLocalStorageOptions, type LocalStorageOptions } from './options.js';
import { parseHoldable, parsePresent, pathProblem } from './paths.js';
import { checkCondition } from './place.js';
import { probeRoot } from './probe.js';
import { type ReclaimOptions, type ReclaimResult, reclaimStaging } from './reclaim.js';
import { removeFile } from './remove.js';
import { checkHealthy, checkRootPresent } from './root.js';
import { RootAccess } from './root-access.js';
import type { Run } from './run.js';
import { localUrls } from './signed-urls.js';
import { type FileSystemTraits, probeSpelling } from './spelling.js';
import { stableStream } from './stable-stream.js';
import { moveToTrash } from './trash.js';
import { walk } from './walk.js';
import { storeBody, storeCopy } from './write.js';

/**
 * Files in a directory, each under its key as path, so that other programs can read them and files that were there before are
 * served. Any number of processes may share the directory. See the package's README for what that guarantees.
 */
export class LocalStorageProvider implements StorageProvider {
  readonly name: string;
  readonly tags: FileTags;
  readonly trash: LocalTrash;
  /** What signs, and is to verify, the URLs; with the option `urls`. */
  readonly urlSigner?: UrlSigner;
  /** With the option `urls`. */
  readonly createDownloadUrl: StorageProvider['createDownloadUrl'];
  /** With the option `urls`; of type `put` or `post`. */
  readonly createUploadTicket: StorageProvider['createUploadTicket'];
  readonly #access: RootAccess;
  readonly #trashDeleted: boolean;
  readonly #bodies = new OpenBodies();
  #capabilities: Capabilities | undefined;
  #closed = false;

  /**
   * Does nothing on the disk yet.
   * @throws StorageError `InvalidArgument`.
   */
  constructor(options: LocalStorageOptions) {
    checkLocalStorageOptions(options);
    const { root, name = 'local', createRoot = false, durability = 'fsync' } = options;
    const { deleted, trash } = options;
    this.name = name;
    this.#trashDeleted = deleted === 'trash';
    this.#access = new RootAccess(resolve(root), () => ({
      create: createRoot,
      trash: trash === undefined ? undefined : resolve(trash),
      durability,
      native: nativeLocks(),
    }));
    this.tags = localTags(this.#access, this.#run, () => this.capabilities);
    this.trash = localTrash({
      name,
      access: this.#access,
      run: this.#run,
      capabilities: () => this.capabilities,
      checkOpen: () => this.#checkOpen(),
    });
    if (options.urls === undefined) return;
    this.urlSigner = new UrlSigner(options.urls);
    const urls = localUrls(this.urlSigner, () => this.capabilities, this.#run);
    this.createDownloadUrl = urls.createDownloadUrl;
    this.createUploadTicket = urls.createUploadTicket;
  }

  /**
   * What needs a certain version (`conditionalUpdate`, `conditionalDelete`, `conditionalCopyUpdate`) is `emulated` by locks that
   * all providers of the root heed, in any process. Something else that renames or removes the file itself in the
   * moment between the look and the change, some microseconds, is not excluded. `absent` where there are no prebuilt
   * locks for the platform (musl). {@link probe} may find it to be `cooperative`.
   */
  get capabilities(): Capabilities {
    this.#capabilities ??= capabilitiesWith(nativeLocks(), this.urlSigner);
    return this.#capabilities;
  }

  upload(key: string, body: Body, options: UploadOptions = {}): Promise<FileMetadata> {
    const run = async () => {
      const parsed = parseHoldable(key);
      checkUploadOptions(options);
      const { condition, signal, uploadId, keepParts } = options;
      refuseAbsent(this.capabilities, {
        conditionalUpdate: condition?.type === 'match',
        resumableUpload: uploadId ?? keepParts,
      });
      return storeBody(await this.#access.writable(), parsed, body, options, { condition, signal });
    };
    return this.#run('upload', key, options, run, body);
  }

  download(key: string, options: DownloadOptions = {}): Promise<Download> {
    return this.#run('download', key, options, async (context) => {
      checkDownloadOptions(options);
      this.#refuseVersion(options);
      const parsed = parsePresent(key);
      const file = await openFile(await this.#access.readable(), parsed);
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
    const { metadata, stats } = file;
    const { signal, condition } = options;
    this.#checkOpen();
    throwIfAborted(signal);
    checkCondition(metadata.key, stats, condition);
    const range =
      options.range === undefined ? undefined : resolveRange(options.range, metadata.size);
    const translate = (error: unknown) => asStorageError(error, context, fileError);
    const stream = stableStream(file, range, translate);
    this.#bodies.add(stream, signal, translate);
    return { metadata, body: stream.body, ...(range === undefined ? {} : { range }) };
  }

  stat(key: string, options: VersionOptions = {}): Promise<FileMetadata> {
    return this.#run('stat', key, options, async () => {
      checkVersionOptions(options);
      this.#refuseVersion(options);
      const parsed = parsePresent(key);
      const { metadata, descriptor } = await openFile(await this.#access.readable(), parsed);
      await descriptor.close();
      return metadata;
    });
  }

  exists(key: string, options?: OperationOptions): Promise<boolean> {
    return existsByStat(this, key, options);
  }

  delete(key: string, options: DeleteOptions = {}): Promise<void> {
    return this.#delete(key, options, this.#trashDeleted);
  }

  #delete(key: string, options: DeleteOptions, toTrash: boolean): Promise<void> {
    return this.#run('delete', key, options, async () => {
      const parsed = parseKey(key);
      checkDeleteOptions(options);
      this.#refuseVersion(options);
      const { condition, signal } = options;
      refuseAbsent(this.capabilities, { conditionalDelete: condition });
      const root = await this.#access.readable();
      if (pathProblem(parsed) !== undefined) checkCondition(parsed, undefined, condition);
      else if (toTrash && !isHealthKey(parsed))
        await moveToTrash(root, parsed, { condition, signal });
      else await removeFile(root, parsed, { condition, signal });
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
    const root = await this.#access.find();
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
      const { condition, sourceCondition, signal } = options;
      refuseAbsent(this.capabilities, { conditionalCopyUpdate: condition?.type === 'match' });
      const root = await this.#access.writable();
      return storeCopy(root, source, target, sourceCondition, { condition, signal });
    });
  }

  /** Puts nothing into the trash: the file is at its new key. */
  move(from: string, to: string, options: CopyOptions = {}): Promise<FileMetadata> {
    const parts = {
      capabilities: this.capabilities,
      copy: (...call: Parameters<StorageProvider['copy']>) => this.copy(...call),
      stat: (...call: Parameters<StorageProvider['stat']>) => this.stat(...call),
      delete: (key: string, given: DeleteOptions = {}) => this.#delete(key, given, false),
    };
    return this.#run('move', from, options, () => moveByCopy(parts, from, to, options));
  }

  /**
   * Makes a file that lies elsewhere on the file system of the root, such as in the {@link trash} of another one, a file of this
   * root by a second name (link(2)): its bytes are read and compared, and not copied. Whatever is done with the key later, the
   * other name keeps its content; only a program that writes into either in place changes both.
   * @param path of the file.
   * @throws StorageError `AlreadyExists`; `ChecksumMismatch` if the content is another one; `NotFound`; `Unsupported` where it can't
   * be linked: copy it then.
   */
  adopt(key: string, path: string, options: AdoptOptions): Promise<FileMetadata> {
    return this.#run('adopt', key, options, async () => {
      const parsed = parseHoldable(key);
      const { confirm: _, ...described } = options;
      checkUploadOptions(described);
      if (Object.values(options.checksums).every((checksum) => checksum === undefined))
        throw new StorageError('InvalidArgument', 'what is adopted is known by its checksums');
      return storeAdopted(await this.#access.writable(), parsed, path, options);
    });
  }

  /**
   * What the file system of the root can do, tried out in `.storage`: what needs a certain version is `cooperative` on one that is
   * known to be on this machine (on Linux: ext2 to ext4, XFS, Btrfs, F2FS, ZFS, tmpfs, overlayfs, with nothing mounted below the
   * root). {@link capabilities} tell so from then on.
   */
  probe(options: OperationOptions = {}): Promise<Capabilities> {
    return this.#run('probe', undefined, options, async () => {
      checkOperationOptions(options);
      const root = await this.#access.writable();
      this.#capabilities = await probeRoot(root, this.capabilities, options.signal);
      return this.#capabilities;
    });
  }

  /**
   * What the file system of the root makes of names, tried out with a file in `.storage`. Where it takes two keys for one name,
   * the one that is not there is not found, and writing it is refused with `InvalidKey`.
   */
  fileSystem(options: OperationOptions = {}): Promise<FileSystemTraits> {
    return this.#run('fileSystem', undefined, options, async () => {
      checkOperationOptions(options);
      return probeSpelling(await this.#access.writable());
    });
  }

  /**
   * Takes away what uploads of processes have left that were killed, as the first write does, too. Files of living
   * processes stay, and for 24 hours those of processes that can't be asked.
   */
  reclaim(options: ReclaimOptions = {}): Promise<ReclaimResult> {
    return this.#run('reclaim', undefined, options, async () => {
      const { dryRun = false, ...others } = options;
      checkOperationOptions(others);
      return { reclaimed: await reclaimStaging(await this.#access.readable(), { dryRun }) };
    });
  }

  checkHealth(options: OperationOptions = {}): Promise<HealthReport> {
    const context = { operation: 'checkHealth', provider: this.name, signal: options.signal };
    return runOperation(context, async () => {
      checkOperationOptions(options);
      const start = performance.now();
      const looking = async () => {
        this.#checkOpen();
        await checkHealthy(await this.#access.find());
      };
      const error = await looking().then(
        () => undefined,
        (failure: unknown) => asStorageError(failure, context, fileError),
      );
      const latency = performance.now() - start;
      return error === undefined ? { healthy: true, latency } : { healthy: false, latency, error };
    });
  }

  /** Bodies that are still being read fail; uploads that are under way come to their end. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([this.#bodies.failAll(closedError()), this.#access.close()]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #refuseVersion({ versionId }: VersionOptions): void {
    refuseAbsent(this.capabilities, { versions: versionId });
  }

  #checkOpen(): void {
    if (this.#closed) throw closedError();
  }

  readonly #run: Run = (operation, key, options, run, body) => {
    const context = { operation, provider: this.name, key, signal: options.signal, body };
    const checked = async () => {
      this.#checkOpen();
      return run(context);
    };
    return runOperation(context, checked, fileError);
  };
}

const closedError = () =>
  new StorageError('Unavailable', 'the provider is closed', { retryable: false });
