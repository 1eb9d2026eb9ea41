import {
  type Body,
  bytesOf,
  type Capabilities,
  type Condition,
  type CopyOptions,
  checkListOptions,
  checkOperationOptions,
  type DeleteOptions,
  type DeleteResult,
  type Download,
  type DownloadOptions,
  type DownloadUrlOptions,
  deleteEach,
  existsByStat,
  type FileMetadata,
  type HealthReport,
  type ListEntry,
  type ListedFile,
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
import { alone } from './alone.js';
import { commonCapabilities } from './capabilities.js';
import { type Change, Changes } from './change.js';
import {
  checkCopy,
  checkDelete,
  checkDownload,
  checkDownloadUrl,
  checkMove,
  checkStat,
  checkUpload,
} from './checks.js';
import { Copies } from './copy.js';
import { publish } from './event.js';
import { mergedListing } from './listing.js';
import { ifThere } from './look.js';
import type { Mode, Stage } from './mode.js';
import { ModeSwitch, type Neighbours } from './mode-switch.js';
import { asApplicationsSee } from './origin.js';
import { type Place, type ReadFailover, Reads } from './read.js';
import { removal } from './removal.js';
import { checkTarget } from './requirements.js';
import { checkReserved } from './reserved.js';
import { isSpooled } from './spool/status.js';
import type { Work } from './work.js';

export interface HybridStorageOptions {
  /** Where the files are: any provider. */
  readonly source: StorageProvider;
  /** Where they go: a provider that evaluates conditions by itself. */
  readonly target: StorageProvider;
  /** A mode, or a function that tells it, such as a feature flag's: it is called for every operation. */
  readonly mode: Mode | (() => Mode);
  /**
   * Who else works on the same files. Default: this process knows of no other. Then `handedOver` says whether there is one.
   */
  readonly neighbours?: Neighbours | undefined;
  /**
   * Without `neighbours`: whether no process is left, of all that work on these files, in the modes `source` and `prepare`.
   * Until then conditional updates and deletes of files that only the source has fail with a retryable `Conflict`, and the
   * source does not stand in for the target. Default `false`.
   */
  readonly handedOver?: boolean | (() => boolean) | undefined;
  readonly failover?: { readonly reads?: ReadFailover | undefined } | undefined;
  /** For messages and metrics. Default `hybrid`. */
  readonly name?: string | undefined;
}

/** How the two stores are. */
export interface SidesHealth {
  readonly source: HealthReport;
  readonly target: HealthReport;
}

/**
 * One store made of two, while files move from the `source` to the `target`: the target lies over the source, as in an overlay
 * file system, and tombstones in it hide what was deleted. Nothing is locked and nothing remembered: the target's conditional
 * writes alone decide, so that any number of processes, and a migration, work on the same files.
 *
 * It closes both stores with itself.
 */
export class HybridStorageProvider implements StorageProvider {
  readonly name: string;
  readonly #source: StorageProvider;
  readonly #target: StorageProvider;
  readonly #modes: ModeSwitch;
  readonly #neighbours: Neighbours;
  readonly #reads: Reads;
  readonly #changes: Changes;
  readonly #copies: Copies;

  /** @throws StorageError `InvalidArgument`. */
  constructor(options: HybridStorageOptions) {
    const { source, target, mode, handedOver = false, failover = {}, name = 'hybrid' } = options;
    this.name = name;
    this.#source = source;
    this.#target = target;
    this.#neighbours = options.neighbours ?? alone(handedOver);
    this.#modes = new ModeSwitch(
      typeof mode === 'function' ? mode : () => mode,
      this.#neighbours,
      async (stage) => {
        if (stage !== 'source') await checkTarget(target);
      },
      (stage) => publish({ type: 'stage', provider: name, stage }),
    );
    this.#reads = new Reads(name, source, target, failover.reads ?? 'fail');
    this.#changes = new Changes(name, source, target);
    this.#copies = new Copies(source, target, this.#reads, this.#changes);
    this.#neighbours.observe?.(this.#work());
  }

  get capabilities(): Capabilities {
    return commonCapabilities(this.#source, this.#target);
  }

  /** Where this process is on its way; `undefined` before its first operation. */
  get stage(): Stage | undefined {
    return this.#modes.stage;
  }

  /** Why the wanted mode has not been reached; `undefined` if nothing is in the way. */
  get obstacle(): StorageError | undefined {
    return this.#modes.obstacle;
  }

  #work(): Work {
    const [modes, reads, target] = [this.#modes, this.#reads, this.#target];
    return {
      get sourceReads() {
        return reads.fromSource;
      },
      get obstacle() {
        return modes.obstacle;
      },
      spool: isSpooled(target) ? () => target.status() : undefined,
      follow: () => modes.follow(),
    };
  }

  upload(key: string, body: Body, options: UploadOptions = {}): Promise<FileMetadata> {
    const send = (to: StorageProvider, condition: Condition | undefined) => {
      // As long as two stores are one, uploads in parts are the target's own affair.
      const { condition: _, onMultipartUpload: __, ...others } = options;
      return to.upload(key, body, condition === undefined ? others : { ...others, condition });
    };
    const change: Change<FileMetadata> = {
      key,
      condition: options.condition,
      signal: options.signal,
      repeatable: bytesOf(body) !== undefined || body instanceof Blob,
      inSource: (condition) => send(this.#source, condition),
      inTarget: (condition) => send(this.#target, condition),
    };
    const check = () => {
      checkUpload(this.capabilities, key, options);
      checkReserved(options);
    };
    return this.#run(
      'upload',
      key,
      options,
      check,
      (stage) => this.#changes.make(change, stage),
      body,
    );
  }

  download(key: string, options: DownloadOptions = {}): Promise<Download> {
    const check = () => checkDownload(this.capabilities, key, options);
    return this.#run('download', key, options, check, (stage) =>
      this.#reads.open(key, stage, options),
    );
  }

  stat(key: string, options: VersionOptions = {}): Promise<FileMetadata> {
    const check = () => checkStat(this.capabilities, key, options);
    return this.#run('stat', key, options, check, async (stage) =>
      asApplicationsSee((await this.#reads.find(key, stage, options.signal)).file),
    );
  }

  exists(key: string, options?: OperationOptions): Promise<boolean> {
    return existsByStat(this, key, options);
  }

  delete(key: string, options: DeleteOptions = {}): Promise<void> {
    const check = () => checkDelete(this.capabilities, key, options);
    const stores = { source: this.#source, target: this.#target, reads: this.#reads };
    return this.#run('delete', key, options, check, (stage) =>
      this.#changes.make(removal(stores, key, stage, options), stage),
    );
  }

  deleteMany(keys: Iterable<string>, options: OperationOptions = {}): Promise<DeleteResult> {
    const check = () => checkOperationOptions(options);
    return this.#run('deleteMany', undefined, options, check, (stage) => {
      if (stage === 'source') return this.#source.deleteMany(keys, options);
      if (stage === 'target') return this.#target.deleteMany(keys, options);
      return deleteEach(this, keys, options);
    });
  }

  list(options: ListOptions = {}): AsyncIterable<ListEntry> {
    const context = { operation: 'list', provider: this.name, signal: options.signal };
    return runListing(context, () => this.#list(options));
  }

  async *#list(options: ListOptions): AsyncGenerator<ListEntry, void, undefined> {
    checkListOptions(options);
    const visit = await this.#modes.begin();
    const { stage } = visit;
    try {
      if (stage === 'source') {
        yield* this.#source.list(options);
        return;
      }
      const find = async (key: string): Promise<ListedFile | undefined> => {
        const place = await ifThere(this.#reads.find(key, stage, options.signal));
        return place && listed(place);
      };
      const source = stage === 'target' ? EMPTY : this.#source;
      yield* mergedListing({ source, target: this.#target, find }, options);
    } finally {
      visit.end();
    }
  }

  copy(from: string, to: string, options: CopyOptions = {}): Promise<FileMetadata> {
    const check = () => checkCopy(this.capabilities, from, to, options);
    return this.#run('copy', from, options, check, (stage) =>
      this.#copies.copy(from, to, stage, options),
    );
  }

  move(from: string, to: string, options: CopyOptions = {}): Promise<FileMetadata> {
    const check = () => checkMove(from, to);
    return this.#run('move', from, options, check, () => moveByCopy(this, from, to, options));
  }

  get createDownloadUrl(): StorageProvider['createDownloadUrl'] {
    if (this.capabilities.downloadUrls === 'absent') return undefined;
    return (key, options = {}) => this.#createDownloadUrl(key, options);
  }

  /** Of the store where the file is; of the target if there is none. */
  #createDownloadUrl(key: string, options: DownloadUrlOptions): Promise<SignedUrl> {
    const check = () => checkDownloadUrl(this.capabilities, key, options);
    return this.#run('createDownloadUrl', key, options, check, async (stage) => {
      const place = await ifThere(this.#reads.find(key, stage, options.signal));
      const inSource = place === undefined ? stage === 'source' : place.side === 'source';
      const side = inSource ? this.#source : this.#target;
      if (side.createDownloadUrl === undefined)
        throw new StorageError('Unsupported', `${side.name} can’t sign URLs for downloads`);
      return side.createDownloadUrl(key, options);
    });
  }

  /** Healthy if all stores are that the present mode needs. See {@link checkSides}. */
  checkHealth(options: OperationOptions = {}): Promise<HealthReport> {
    const context = { operation: 'checkHealth', provider: this.name, signal: options.signal };
    return runOperation(context, async () => {
      checkOperationOptions(options);
      const { source, target } = await this.checkSides(options);
      const { stage } = this;
      const needed =
        stage === 'source' ? [source] : stage === 'target' ? [target] : [source, target];
      const error = needed.find((side) => !side.healthy)?.error;
      return {
        healthy: needed.every((side) => side.healthy),
        latency: Math.max(...needed.map((side) => side.latency)),
        ...(error === undefined ? {} : { error }),
      };
    });
  }

  /** The health of each store by itself. */
  async checkSides(options: OperationOptions = {}): Promise<SidesHealth> {
    const [source, target] = await Promise.all([
      this.#source.checkHealth(options),
      this.#target.checkHealth(options),
    ]);
    return { source, target };
  }

  /** Waits for operations that write. */
  async close(): Promise<void> {
    await this.#modes.close();
    await this.#neighbours.leave();
    await Promise.all([this.#source.close(), this.#target.close()]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #run<T>(
    operation: string,
    key: string | undefined,
    options: OperationOptions,
    check: () => void,
    run: (stage: Stage) => Promise<T>,
    body?: Body,
  ): Promise<T> {
    const context = { operation, provider: this.name, key, signal: options.signal, body };
    return runOperation(context, async () => {
      check();
      const visit = await this.#modes.begin(WRITES.has(operation));
      try {
        return await run(visit.stage);
      } finally {
        visit.end();
      }
    });
  }
}

/** Operations that change files; `move` is made of two of them. */
const WRITES: ReadonlySet<string> = new Set(['upload', 'delete', 'deleteMany', 'copy']);

function listed({ file }: Place): ListedFile {
  const { key, size, etag, lastModified } = file;
  return { type: 'file', key, size, etag, lastModified };
}

const EMPTY: Pick<StorageProvider, 'list'> = {
  async *list() {},
};
