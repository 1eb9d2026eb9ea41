import {
  type Download,
  type DownloadOptions,
  type FileMetadata,
  isStorageError,
  type MatchCondition,
  resolveRange,
  StorageError,
  type StorageProvider,
} from '@org/storage-core';
import { publish } from './event.js';
import { ifThere, look } from './look.js';
import { distance, type Stage } from './mode.js';
import { asApplicationsSee, goesBy } from './origin.js';
import { isTombstone } from './tombstone.js';

/** Where a file is, and how that store describes it. */
export interface Place {
  readonly side: 'source' | 'target';
  readonly file: FileMetadata;
}

interface Sides<T> {
  /** @throws StorageError `NotFound` */
  readonly source: () => Promise<T>;
  /** @throws StorageError `NotFound`; {@link Deleted} for a tombstone. */
  readonly target: () => Promise<T>;
}

/** Thrown for a tombstone: the search is over. */
class Deleted extends StorageError {
  constructor(key: string) {
    super('NotFound', `there is no file ${key}`);
  }
}

/** Of a range that is refused though the file that is seen then has it. */
const ATTEMPTS = 5;

/** What becomes of reads while the target does not answer: they `fail`, or the `source` answers where it has the file. */
export type ReadFailover = 'fail' | 'source';

/** Reads the target over the source. */
export class Reads {
  readonly #name: string;
  readonly #source: StorageProvider;
  readonly #target: StorageProvider;
  readonly #failover: ReadFailover;
  #fromSource = 0;

  constructor(
    name: string,
    source: StorageProvider,
    target: StorageProvider,
    failover: ReadFailover,
  ) {
    this.#name = name;
    this.#source = source;
    this.#target = target;
    this.#failover = failover;
  }

  /** Reads that the source has answered so far. */
  get fromSource(): number {
    return this.#fromSource;
  }

  /** @throws StorageError `NotFound`. */
  find(key: string, stage: Stage, signal: AbortSignal | undefined): Promise<Place> {
    return this.#read<Place>(key, stage, {
      source: async () => ({ side: 'source', file: await this.#source.stat(key, { signal }) }),
      target: async () => {
        const file = await this.#target.stat(key, { signal });
        if (isTombstone(file)) throw new Deleted(key);
        return { side: 'target', file };
      },
    });
  }

  open(key: string, stage: Stage, options: DownloadOptions): Promise<Download> {
    return this.#read(key, stage, {
      source: () => this.#source.download(key, options),
      target: () => this.#openTarget(key, options),
    });
  }

  async #openTarget(key: string, options: DownloadOptions): Promise<Download> {
    const { condition, ...rest } = options;
    const opened = await this.#downloadTarget(key, rest, condition);
    try {
      if (isTombstone(opened.metadata)) throw new Deleted(key);
      checkVersion(opened.metadata, condition);
    } catch (error) {
      opened.body.destroy();
      throw error;
    }
    return { ...opened, metadata: asApplicationsSee(opened.metadata) };
  }

  /** A range that is refused may be one of a tombstone, which may be gone, or another file in its place, when it is looked at. */
  async #downloadTarget(
    key: string,
    options: DownloadOptions,
    condition: MatchCondition | undefined,
  ): Promise<Download> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#target.download(key, options);
      } catch (error) {
        const { range, signal } = options;
        if (range === undefined || !isStorageError(error, 'InvalidRange')) throw error;
        const seen = await look(this.#target, key, signal);
        if (seen.type === 'tombstone') throw new Deleted(key);
        if (seen.type === 'absent') throw notFound(key);
        checkVersion(seen.file, condition);
        resolveRange(range, seen.file.size);
        if (attempt === ATTEMPTS) throw error;
      }
    }
  }

  /**
   * Looks into the target, the source, and both once more: between two looks a file may have been copied to the target and
   * retired from the source, and the copy taken back.
   */
  async #read<T>(key: string, stage: Stage, { source, target }: Sides<T>): Promise<T> {
    if (stage === 'source') return this.#counted(await source());
    if (stage === 'target') return target();
    for (let pair = 1; pair <= 2; pair++) {
      const upper = await ifThereUnlessDeleted(target()).catch((error: unknown) =>
        this.#withoutTarget(key, stage, source, error),
      );
      if (upper !== undefined) return upper;
      const lower = await ifThere(source());
      if (lower === undefined) continue;
      publish({ type: 'source-read', provider: this.#name, key, reason: 'not-copied' });
      return this.#counted(lower);
    }
    throw notFound(key);
  }

  /** The source's files are current once nobody writes there any more; that it lacks one says nothing. */
  async #withoutTarget<T>(
    key: string,
    stage: Stage,
    source: () => Promise<T>,
    error: unknown,
  ): Promise<T> {
    const allowed = this.#failover === 'source' && distance(stage, 'settled') <= 0;
    if (!allowed || !isAway(error)) throw error;
    const found = await ifThere(source());
    if (found === undefined) throw error;
    publish({ type: 'source-read', provider: this.#name, key, reason: 'target-unavailable' });
    return this.#counted(found);
  }

  #counted<T>(answer: T): T {
    this.#fromSource += 1;
    return answer;
  }
}

async function ifThereUnlessDeleted<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (isStorageError(error, 'NotFound') && !(error instanceof Deleted)) return undefined;
    throw error;
  }
}

function notFound(key: string): StorageError {
  return new StorageError('NotFound', `there is no file ${key}`);
}

function checkVersion(file: FileMetadata, condition: MatchCondition | undefined): void {
  if (condition === undefined || goesBy(file, condition.etag)) return;
  throw new StorageError('PreconditionFailed', `${file.key} is not the version that was named`);
}

/** The store can't be reached, or is not well: it has not answered. */
export function isAway(error: unknown): boolean {
  return (
    isStorageError(error) &&
    error.retryable &&
    (error.code === 'Unavailable' || error.code === 'Timeout' || error.code === 'Throttled')
  );
}
