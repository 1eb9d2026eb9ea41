import { isStorageError, type OperationOptions, type StorageError } from '@org/storage-core';
import { checkTarget } from '../requirements.js';
import { type Drained, type DrainParts, drainKey } from './drain-key.js';
import { publish } from './event.js';

/** Entries that one pass drains at once. */
const AT_ONCE = 4;

/** Failures that a report names. */
const NAMED = 100;

/** What one pass over the spool came to. */
export interface DrainReport {
  /** Entries that are in the target now. */
  readonly drained: number;
  /** Entries that the pass came to and left, since they failed, or others are at them. */
  readonly left: number;
  /** Of those that failed, the first hundred. */
  readonly failures: readonly { readonly key: string; readonly error: StorageError }[];
  /** The target was away, and the pass broken off. */
  readonly away: StorageError | undefined;
}

/** Moves entries to the target. */
export class Drain {
  readonly #provider: string;
  readonly #parts: DrainParts;
  readonly #isAway: (error: unknown) => boolean;
  /** Others’ claims that the last pass has left, and how many passes have. */
  #left: ReadonlyMap<string, number> = new Map();
  readonly #passes = new Set<Promise<unknown>>();
  readonly #keys = new Map<string, Promise<Drained>>();
  #checked = false;
  #stopped = false;

  constructor(provider: string, parts: DrainParts, isAway: (error: unknown) => boolean) {
    this.#provider = provider;
    this.#parts = parts;
    this.#isAway = isAway;
  }

  /** Ends the passes that are under way after the entries that they are at. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.allSettled(this.#passes);
  }

  /**
   * One pass over all entries. What another process has claimed is left to it; if the same claim is still there after so many
   * passes, its owner may be dead, and this one drains the entry, too.
   */
  async pass(patience: number, options: OperationOptions): Promise<DrainReport> {
    const pass = this.#pass(patience, options);
    this.#passes.add(pass);
    return pass.finally(() => this.#passes.delete(pass));
  }

  /**
   * One entry, unless another process has claimed it and is to be left to it. Within this process, an entry is drained once at a
   * time.
   */
  async key(
    key: string,
    leave: (claim: string) => boolean,
    options: OperationOptions,
  ): Promise<Drained> {
    for (let other = this.#keys.get(key); other !== undefined; other = this.#keys.get(key))
      await other.catch(() => {});
    const drained = this.#drain(key, leave, options);
    this.#keys.set(key, drained);
    return drained.finally(() => this.#keys.delete(key));
  }

  async #drain(
    key: string,
    leave: (claim: string) => boolean,
    options: OperationOptions,
  ): Promise<Drained> {
    if (!this.#checked) await checkTarget(this.#parts.target, options);
    this.#checked = true;
    const outcome = await drainKey(key, this.#parts, leave, options);
    if (outcome.type === 'drained')
      publish({ type: 'drained', provider: this.#provider, key, size: outcome.size });
    return outcome;
  }

  async #pass(patience: number, options: OperationOptions): Promise<DrainReport> {
    const { entries, claims } = this.#parts;
    const failures: { key: string; error: StorageError }[] = [];
    const before = this.#left;
    const skipped = new Map<string, number>();
    const leave = (claim: string) => (before.get(claim) ?? 0) < patience;
    let drained = 0;
    let left = 0;
    let away: StorageError | undefined;
    const listing = entries.list(options);
    const next = async () => {
      while (away === undefined && !this.#stopped) {
        const { done, value } = await listing.next();
        if (done === true) return undefined;
        if (value.type === 'file') return value.key;
      }
      return undefined;
    };
    const worker = async () => {
      for (let key = await next(); key !== undefined; key = await next()) {
        try {
          const outcome = await this.key(key, leave, options);
          if (outcome.type === 'claimed')
            skipped.set(outcome.claim, (before.get(outcome.claim) ?? 0) + 1);
          if (outcome.type === 'drained') drained++;
          else if (outcome.type !== 'nothing') left++;
        } catch (error) {
          if (!isStorageError(error) || options.signal?.aborted) throw error;
          left++;
          if (failures.length < NAMED) failures.push({ key, error });
          if (this.#isAway(error)) away ??= error;
          else publish({ type: 'failed', provider: this.#provider, key, error });
        }
      }
    };
    try {
      await Promise.all(Array.from({ length: AT_ONCE }, worker));
    } finally {
      await listing.return();
    }
    this.#left = skipped;
    if (away === undefined && !this.#stopped) await claims.sweep(options);
    return { drained, left, failures, away };
  }
}
