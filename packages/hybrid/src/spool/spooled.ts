import { randomUUID } from 'node:crypto';
import {
  ascendingProgress,
  type Body,
  type Capabilities,
  type CopyOptions,
  checkListOptions,
  checkOperationOptions,
  type DeleteOptions,
  type DeleteResult,
  type Download,
  type DownloadOptions,
  type DownloadUrlOptions,
  existsByStat,
  type FileMetadata,
  type FileTags,
  type HealthReport,
  type ListEntry,
  type ListOptions,
  moveByCopy,
  type OperationOptions,
  runListing,
  runOperation,
  type SignedUrl,
  StorageError,
  type StorageProvider,
  type UploadOptions,
  type VersionOptions,
} from '@org/storage-core';
import {
  checkCopy,
  checkDelete,
  checkDownload,
  checkDownloadUrl,
  checkMove,
  checkStat,
  checkUpload,
} from '../checks.js';
import { isAway } from '../read.js';
import { spooledCapabilities } from './capabilities.js';
import { Claims } from './claim.js';
import { type Conflict, Conflicts } from './conflict.js';
import { copySpooled } from './copy.js';
import { Drain, type DrainReport } from './drain.js';
import { byTimer, Drainer } from './drainer.js';
import { Entries } from './entries.js';
import { isHeard, publish } from './event.js';
import { listSpooled } from './listing.js';
import { checkSpoolOptions, type SpoolOptions } from './options.js';
import { Overlay } from './overlay.js';
import { DEFAULT_REPLAY_BYTES, replayOf } from './replay.js';
import { Room } from './room.js';
import { type SpooledStorageProvider, type SpoolStatus, statusOf } from './status.js';
import { spooledTags } from './tags.js';
import { Writes } from './write.js';

/** Passes of the background drainer that leave an entry to another process which has claimed it. */
const PATIENCE = 30;

/**
 * The target, with a disk in front of it that takes writes while the target is away, and hands them on when it is back. All
 * writers of these files have to share that disk.
 *
 * It closes both stores with itself.
 * @throws StorageError `InvalidArgument`, `Unsupported`.
 */
export function spooled(target: StorageProvider, options: SpoolOptions): SpooledStorageProvider {
  checkSpoolOptions(options);
  return new Spooled(target, options);
}

class Spooled implements SpooledStorageProvider {
  readonly name: string;
  readonly tags: FileTags | undefined;
  readonly #target: StorageProvider;
  readonly #entries: Entries;
  readonly #conflicts: Conflicts;
  readonly #overlay: Overlay;
  readonly #writes: Writes;
  readonly #drain: Drain;
  readonly #drainer: Drainer | undefined;
  readonly #replayBytes: number;
  #closed = false;

  constructor(target: StorageProvider, options: SpoolOptions) {
    const { store, maxBytes, replayBytes = DEFAULT_REPLAY_BYTES, name = 'spooled' } = options;
    const { shared = true, drain = true, drainEvery = 1_000, schedule = byTimer } = options;
    const away = options.isAway ?? isAway;
    this.name = name;
    this.#target = target;
    this.#replayBytes = replayBytes;
    const entries = new Entries(store);
    this.#entries = entries;
    this.#conflicts = new Conflicts(name, entries, target);
    const parts = {
      entries,
      claims: new Claims(store),
      target,
      conflicts: shared ? undefined : this.#conflicts,
      owner: randomUUID(),
    };
    this.#overlay = new Overlay(parts);
    this.#drain = new Drain(name, parts, away);
    this.#writes = new Writes({
      ...parts,
      provider: name,
      drain: this.#drain,
      room: new Room(name, entries, maxBytes),
      isAway: away,
    });
    this.tags = spooledTags({
      entries,
      target,
      overlay: this.#overlay,
      writes: this.#writes,
      capabilities: () => this.capabilities,
      run: (...call) => this.#run(...call),
    });
    if (!drain) return;
    this.#drainer = new Drainer(
      () => this.#pass(),
      (error) => publish({ type: 'failed', provider: name, error }),
      { every: drainEvery, schedule },
    );
  }

  get capabilities(): Capabilities {
    return spooledCapabilities(this.#target.capabilities, this.#entries.store.capabilities);
  }

  get probe(): StorageProvider['probe'] {
    const { probe } = this.#target;
    if (probe === undefined) return undefined;
    const { capabilities } = this.#entries.store;
    return async (given) =>
      spooledCapabilities(await probe.call(this.#target, given), capabilities);
  }

  upload(key: string, body: Body, options: UploadOptions = {}): Promise<FileMetadata> {
    const check = () => checkUpload(this.capabilities, key, options);
    const write = async () => {
      const replay = replayOf(body, this.#replayBytes);
      try {
        return await this.#writes.upload(key, replay, ascendingProgress(options));
      } finally {
        replay.end();
      }
    };
    return this.#run('upload', key, options, check, write, body);
  }

  download(key: string, options: DownloadOptions = {}): Promise<Download> {
    const check = () => checkDownload(this.capabilities, key, options);
    return this.#run('download', key, options, check, () => this.#overlay.open(key, options));
  }

  stat(key: string, options: VersionOptions = {}): Promise<FileMetadata> {
    const check = () => checkStat(this.capabilities, key, options);
    return this.#run('stat', key, options, check, () => this.#overlay.find(key, options));
  }

  exists(key: string, options?: OperationOptions): Promise<boolean> {
    return existsByStat(this, key, options);
  }

  delete(key: string, options: DeleteOptions = {}): Promise<void> {
    const check = () => checkDelete(this.capabilities, key, options);
    return this.#run('delete', key, options, check, () => this.#writes.delete(key, options));
  }

  deleteMany(keys: Iterable<string>, options: OperationOptions = {}): Promise<DeleteResult> {
    const check = () => checkOperationOptions(options);
    return this.#run('deleteMany', undefined, options, check, () =>
      this.#writes.deleteMany(keys, options),
    );
  }

  list(options: ListOptions = {}): AsyncIterable<ListEntry> {
    const context = { operation: 'list', provider: this.name, signal: options.signal };
    return runListing(context, () => {
      checkListOptions(options);
      this.#checkOpen();
      return listSpooled(this.#entries, this.#target, options);
    });
  }

  copy(from: string, to: string, options: CopyOptions = {}): Promise<FileMetadata> {
    const check = () => checkCopy(this.capabilities, from, to, options);
    const parts = {
      entries: this.#entries,
      overlay: this.#overlay,
      writes: this.#writes,
      provider: this,
    };
    return this.#run('copy', from, options, check, () => copySpooled(parts, from, to, options));
  }

  move(from: string, to: string, options: CopyOptions = {}): Promise<FileMetadata> {
    const check = () => checkMove(from, to);
    return this.#run('move', from, options, check, () => moveByCopy(this, from, to, options));
  }

  get createDownloadUrl(): StorageProvider['createDownloadUrl'] {
    const sign = this.#target.createDownloadUrl;
    return sign && ((key, options = {}) => this.#createDownloadUrl(key, options, sign));
  }

  /** What is in the spool only has no URL: it would be that of an older file, or of none. */
  #createDownloadUrl(
    key: string,
    options: DownloadUrlOptions,
    sign: NonNullable<StorageProvider['createDownloadUrl']>,
  ): Promise<SignedUrl> {
    const check = () => checkDownloadUrl(this.capabilities, key, options);
    return this.#run('createDownloadUrl', key, options, check, async () => {
      if ((await this.#entries.find(key, options)) !== undefined) {
        throw new StorageError(
          'Unavailable',
          `${key} waits in the spool, and has no URL before it is in ${this.#target.name}`,
        );
      }
      return sign.call(this.#target, key, options);
    });
  }

  /** Healthy if both the target and the spool are. */
  checkHealth(options: OperationOptions = {}): Promise<HealthReport> {
    const context = { operation: 'checkHealth', provider: this.name, signal: options.signal };
    return runOperation(context, async () => {
      checkOperationOptions(options);
      const reports = await Promise.all([
        this.#target.checkHealth(options),
        this.#entries.store.checkHealth(options),
      ]);
      const error = reports.find(({ healthy }) => !healthy)?.error;
      return {
        healthy: reports.every(({ healthy }) => healthy),
        latency: Math.max(...reports.map(({ latency }) => latency)),
        ...(error === undefined ? {} : { error }),
      };
    });
  }

  drain(options: OperationOptions = {}): Promise<DrainReport> {
    const check = () => checkOperationOptions(options);
    return this.#run('drain', undefined, options, check, () => this.#drain.pass(1, options));
  }

  status(options: OperationOptions = {}): Promise<SpoolStatus> {
    const check = () => checkOperationOptions(options);
    return this.#run('status', undefined, options, check, () => this.#look(options));
  }

  async #look(options: OperationOptions): Promise<SpoolStatus> {
    const status = await statusOf(this.#entries, options);
    publish({ type: 'status', provider: this.name, ...status });
    return status;
  }

  /** The drainer's; what is left is told to those who listen, and a look that fails is no failure of the pass. */
  async #pass(): Promise<DrainReport> {
    const report = await this.#drain.pass(PATIENCE, {});
    const empty = report.drained + report.left === 0 && report.away === undefined;
    if (empty)
      publish({ type: 'status', provider: this.name, entries: 0, bytes: 0, oldest: undefined });
    else if (isHeard() && !this.#closed) await this.#look({}).catch(() => {});
    return report;
  }

  conflicts(options: OperationOptions = {}): AsyncIterable<Conflict> {
    const context = { operation: 'conflicts', provider: this.name, signal: options.signal };
    return runListing(context, () => {
      checkOperationOptions(options);
      this.#checkOpen();
      return this.#conflicts.list(options);
    });
  }

  /** Waits for entries that are being drained just now. The others stay in the spool. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#drainer?.stop();
    await this.#drain.stop();
    await Promise.all([this.#target.close(), this.#entries.store.close()]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #checkOpen(): void {
    if (this.#closed)
      throw new StorageError('Unavailable', 'the provider is closed', { retryable: false });
  }

  #run<T>(
    operation: string,
    key: string | undefined,
    options: OperationOptions,
    check: () => void,
    run: () => Promise<T>,
    body?: Body,
  ): Promise<T> {
    const context = { operation, provider: this.name, key, signal: options.signal, body };
    return runOperation(context, async () => {
      check();
      this.#checkOpen();
      return run();
    });
  }
}
