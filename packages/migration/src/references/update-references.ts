import {
  isStorageError,
  type Key,
  type StorageError,
  type StorageErrorCode,
  throwIfAborted,
} from '@org/storage-core';
import { filesIn } from '../journal/file-pages.js';
import type { FileRecord, FileState } from '../journal/file-record.js';
import type { Journal } from '../journal/journal.js';
import { type RetryOptions, retry } from '../retry.js';
import type { Moved, MovedFile, ReferenceStore } from './reference-store.js';

/** What a table calls the two stores of a migration. */
export interface StoreNames {
  /** Default `local`. */
  readonly source?: string | undefined;
  /** Default `s3`. */
  readonly target?: string | undefined;
}

/** A file of which nothing could be told: see {@link ReferenceCounts}. */
export interface ReferenceProblem {
  readonly kind: 'missing' | 'other' | 'failed';
  readonly key: Key;
  /** For people. */
  readonly detail: string;
}

export interface UpdateReferencesOptions {
  readonly journal: Journal;
  readonly references: ReferenceStore;
  readonly names?: StoreNames | undefined;
  /**
   * Only the way back of one run, by its id: for a table of which the journal does not know what it was told. Otherwise the rows of all
   * copies that were taken back after they had been told name the source again.
   */
  readonly reverted?: string | undefined;
  /** Files of one transaction. Default 500. */
  readonly batch?: number | undefined;
  readonly retry?: RetryOptions | undefined;
  /** When it fires, the batch in flight is finished and no other is begun. */
  readonly stop?: AbortSignal | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProblem?: ((problem: ReferenceProblem) => void) | undefined;
  /** After each batch: what was done so far. */
  readonly onProgress?: ((counts: ReferenceCounts) => void) | undefined;
}

/** In files. */
export interface ReferenceCounts {
  readonly changed: number;
  /** The rows named the right provider already. */
  readonly already: number;
  /** No row names the file: perhaps the application has deleted it since. A check tells which are left over. */
  readonly missing: number;
  /** Rows name a third provider, and were left alone. */
  readonly other: number;
  /** The database has refused the change. */
  readonly failed: number;
}

export interface ReferencesReport extends ReferenceCounts {
  /**
   * `complete` every row that there is names the right provider · `incomplete` some don't · `interrupted` by `stop` · `stopped`
   * since one batch after the other failed.
   */
  readonly outcome: 'complete' | 'incomplete' | 'interrupted' | 'stopped';
  /** Why it was stopped. */
  readonly reason?: StorageError;
}

/** States of files that the target has the say over and the content of. */
export const IN_TARGET: readonly FileState[] = ['copied', 'present', 'superseded'];

/** So many batches in a row that fail end the pass. */
const FAILURE_LIMIT = 3;

/**
 * Tells the application's table which files the target has: of those that are journalled so, and not yet known to be told; and that the source
 * has those again whose copies were taken back. The journal learns of it after the database has committed. So it may be killed anywhere,
 * and be run again.
 *
 * What the application has written to the target itself (`superseded`) is told too, but nothing about the content: that is the application's
 * to say. Of what it has deleted nothing is told: its row is the application's.
 * @throws StorageError what keeps the table or the journal from being used at all.
 */
export async function updateReferences(
  options: UpdateReferencesOptions,
): Promise<ReferencesReport> {
  const { references, batch = 500, stop, signal } = options;
  const pass = new ReferencePass(options);
  await pass.again(() => references.page({ limit: 1 })); // a wrong name ends it here, not at every batch
  const tellAll = async (toTell: AsyncIterable<FileRecord>, direction: Direction) => {
    let files: FileRecord[] = [];
    for await (const file of toTell) {
      files.push(file);
      if (files.length < batch) continue;
      await pass.tell(files, direction);
      files = [];
      throwIfAborted(signal);
      if (pass.hopeless) break;
    }
    if (files.length > 0 && !stop?.aborted) await pass.tell(files, direction);
    throwIfAborted(signal);
  };
  await tellAll(takenBack(options), 'back');
  if (options.reverted === undefined && !pass.hopeless) await tellAll(inTarget(options), 'forth');
  return pass.report(stop?.aborted ?? false);
}

/** Whether rows name the target from now on, or the source. */
type Direction = 'forth' | 'back';

function takenBack({ journal, reverted, stop }: UpdateReferencesOptions) {
  const which = reverted === undefined ? { referenced: 'taken-back' as const } : { run: reverted };
  return filesIn(journal, { states: ['pending'], ...which }, stop);
}

/** One state after the other: of several at once, a journal may have to sort all files for every page. */
async function* inTarget({
  journal,
  stop,
}: UpdateReferencesOptions): AsyncGenerator<FileRecord, void, undefined> {
  for (const state of IN_TARGET)
    yield* filesIn(journal, { states: [state], referenced: false }, stop);
}

/** Tells batches of files, and counts. */
export class ReferencePass {
  readonly #options: UpdateReferencesOptions;
  readonly #counts = { changed: 0, already: 0, missing: 0, other: 0, failed: 0 };
  #failures = 0;
  #reason: StorageError | undefined;

  constructor(options: UpdateReferencesOptions) {
    this.#options = options;
  }

  /** Whether one batch after the other has failed. */
  get hopeless(): boolean {
    return this.#failures >= FAILURE_LIMIT;
  }

  again<T>(run: () => Promise<T>): Promise<T> {
    return retry(run, this.#options.retry ?? {}, this.#options.signal, () => {});
  }

  /** A batch that is refused is halved, so that the others don't suffer from one row. */
  async tell(files: readonly FileRecord[], direction: Direction = 'forth'): Promise<void> {
    const before = this.#counts.failed;
    await this.#tell(files, direction);
    this.#failures = this.#counts.failed - before === files.length ? this.#failures + 1 : 0;
    this.#options.onProgress?.({ ...this.#counts });
  }

  report(interrupted: boolean): ReferencesReport {
    const { other, failed } = this.#counts;
    const outcome = this.hopeless
      ? 'stopped'
      : interrupted
        ? 'interrupted'
        : other + failed > 0
          ? 'incomplete'
          : 'complete';
    const reason = this.hopeless && this.#reason !== undefined ? { reason: this.#reason } : {};
    return { ...this.#counts, outcome, ...reason };
  }

  async #tell(files: readonly FileRecord[], direction: Direction): Promise<void> {
    const { references, signal, names = {} } = this.#options;
    const { source = 'local', target = 's3' } = names;
    const [from, to] = direction === 'forth' ? [source, target] : [target, source];
    let moved: Moved;
    try {
      moved = await this.again(() => references.moved(files.map(movedFile), from, to));
    } catch (error) {
      if (!isStorageError(error) || signal?.aborted) throw error;
      return this.#refused(files, direction, error);
    }
    await this.#record(moved, to, direction);
  }

  async #refused(
    files: readonly FileRecord[],
    direction: Direction,
    error: StorageError,
  ): Promise<void> {
    if (files.length > 1 && OF_A_ROW.includes(error.code)) {
      const half = Math.ceil(files.length / 2);
      await this.#tell(files.slice(0, half), direction);
      await this.#tell(files.slice(half), direction);
      return;
    }
    this.#reason = error;
    this.#counts.failed += files.length;
    for (const { key } of files) this.#problem('failed', key, error.message);
  }

  async #record(
    { changed, already, missing, other }: Moved,
    to: string,
    direction: Direction,
  ): Promise<void> {
    const { journal } = this.#options;
    await journal.recordReferenced([...changed, ...already], direction === 'forth');
    // Nothing is left to be taken back of them.
    if (direction === 'back') await journal.recordReferenced(missing, false);
    this.#counts.changed += changed.length;
    this.#counts.already += already.length;
    this.#counts.missing += missing.length;
    this.#counts.other += other.length;
    for (const key of missing) this.#problem('missing', key, 'no row names it');
    for (const { key, providers } of other) {
      const others = providers.filter((provider) => provider !== to).map((name) => name ?? 'none');
      if (key !== undefined) this.#problem('other', key, `its provider is ${others.join(', ')}`);
    }
  }

  #problem(kind: ReferenceProblem['kind'], key: Key, detail: string): void {
    this.#options.onProblem?.({ kind, key, detail });
  }
}

/** What a database refuses because of a row: a value that a column can't hold, a constraint. */
const OF_A_ROW: readonly StorageErrorCode[] = ['InvalidArgument'];

function movedFile({ key, state, size, checksums, targetEtag }: FileRecord): MovedFile {
  if (state === 'superseded') return { key };
  if (state === 'pending') return { key, etag: null };
  return {
    key,
    size,
    ...(targetEtag === undefined ? {} : { etag: targetEtag }),
    ...(checksums.sha256 === undefined ? {} : { checksum: checksums.sha256 }),
  };
}
