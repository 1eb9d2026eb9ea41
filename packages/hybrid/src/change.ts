import {
  type Condition,
  type ETag,
  isStorageError,
  type MatchCondition,
  StorageError,
  type StorageProvider,
} from '@org/storage-core';
import { publish } from './event.js';
import { type Look, look, statIfThere } from './look.js';
import type { Stage } from './mode.js';
import { goesBy } from './origin.js';

/** A write or a delete of one key, as it is made in either store. */
export interface Change<T> {
  readonly key: string;
  readonly condition: Condition | undefined;
  readonly signal: AbortSignal | undefined;
  /** Whether it can be made again after it was refused: not with the bytes of a stream. */
  readonly repeatable: boolean;
  inSource(condition?: Condition): Promise<T>;
  inTarget(condition?: Condition): Promise<T>;
}

/** Times that a change is tried against others of the same key. */
const ATTEMPTS = 8;

const ABSENT = { type: 'absent' } as const;
const match = (etag: ETag): MatchCondition => ({ type: 'match', etag });

/**
 * Makes changes so that a key has one history, whatever the stages of the processes and however far it has been copied. The
 * target's conditional requests decide: nothing here remembers anything.
 */
export class Changes {
  readonly #name: string;
  readonly #source: StorageProvider;
  readonly #target: StorageProvider;

  constructor(name: string, source: StorageProvider, target: StorageProvider) {
    this.#name = name;
    this.#source = source;
    this.#target = target;
  }

  make<T>(change: Change<T>, stage: Stage): Promise<T> {
    const { condition } = change;
    if (stage === 'source') return change.inSource(condition);
    if (condition === undefined) return this.#replace(change, stage);
    if (condition.type === 'absent') return this.#create(change, stage);
    return this.#update(change, stage, condition.etag);
  }

  /** Whatever is there. */
  async #replace<T>(change: Change<T>, stage: Stage): Promise<T> {
    if (stage === 'prepare') {
      const seen = await look(this.#target, change.key, change.signal);
      if (seen.type === 'absent') return change.inSource();
    }
    return this.#inTarget(change, stage);
  }

  /** Only where nothing is. */
  async #create<T>(change: Change<T>, stage: Stage): Promise<T> {
    const { key, signal, repeatable } = change;
    // What can be made again is tried without a look before: a request less.
    const guess = repeatable && stage !== 'prepare';
    let seen: Look = guess ? ABSENT : await look(this.#target, key, signal);
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      if (seen.type === 'file') throw exists(key);
      if (seen.type === 'absent') {
        if (stage === 'prepare') return change.inSource(ABSENT);
        if (stage !== 'target' && (await statIfThere(this.#source, key, signal)) !== undefined) {
          if (!guess || attempt > 1) throw exists(key);
          seen = await look(this.#target, key, signal); // it may be a leftover under a tombstone
          continue;
        }
      }
      try {
        return await this.#inTarget(
          change,
          stage,
          seen.type === 'tombstone' ? match(seen.etag) : ABSENT,
        );
      } catch (error) {
        if (!isRefusal(error)) throw error;
        seen = await look(this.#target, key, signal);
        if (seen.type === 'file') throw exists(key, error);
        if (!repeatable) throw raced(key, error);
      }
    }
    throw raced(key);
  }

  /** Only what the ETag names. */
  async #update<T>(change: Change<T>, stage: Stage, etag: ETag): Promise<T> {
    const { key, signal, repeatable } = change;
    let missing = false;
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const seen = await look(this.#target, key, signal);
      let condition: Condition = ABSENT;
      if (seen.type === 'tombstone') throw otherVersion(key);
      if (seen.type === 'file') {
        if (!goesBy(seen.file, etag)) throw otherVersion(key);
        condition = match(seen.file.etag);
      } else {
        const file = stage === 'target' ? undefined : await statIfThere(this.#source, key, signal);
        if (file === undefined) {
          // It may have been copied and retired between the two looks.
          if (missing || stage === 'target') throw otherVersion(key);
          missing = true;
          continue;
        }
        if (file.etag !== etag) throw otherVersion(key);
        if (stage === 'prepare') return change.inSource(match(etag));
        if (stage === 'hybrid') throw beforeHandOver(key);
        // Nobody writes to the source any more: while the target has nothing, the file is what was just seen.
      }
      try {
        return await this.#inTarget(change, stage, condition);
      } catch (error) {
        if (!isRefusal(error)) throw error;
        if (!repeatable) throw await this.#whyRefused(change, etag, error);
      }
    }
    throw raced(key);
  }

  /** Of a change whose bytes are gone: whether the version is another one now, or the caller may try again. */
  async #whyRefused<T>(change: Change<T>, etag: ETag, cause: unknown): Promise<StorageError> {
    const { key, signal } = change;
    const seen = await look(this.#target, key, signal);
    const other = seen.type === 'tombstone' || (seen.type === 'file' && !goesBy(seen.file, etag));
    return other ? otherVersion(key, cause) : raced(key, cause);
  }

  async #inTarget<T>(change: Change<T>, stage: Stage, condition?: Condition): Promise<T> {
    const result = await change.inTarget(condition);
    if (stage === 'hybrid' || stage === 'settled') await this.#drop(change.key);
    return result;
  }

  /**
   * Removes what the target now shadows, before the change is acknowledged: what is left in the source is current, and may be
   * read from there while the target is away. Not beside the mode `source`, on the way to which copies are taken back: one of
   * the same bytes as were just written has the same ETag, and with its source's file the last of them would go.
   */
  async #drop(key: string): Promise<void> {
    try {
      await this.#source.delete(key);
    } catch (error) {
      if (!isStorageError(error)) throw error;
      if (error.code === 'InvalidKey') return; // never was there
      publish({ type: 'leftover', provider: this.#name, key, error });
    }
  }
}

/** The target refused it by its condition. */
function isRefusal(error: unknown): error is StorageError {
  return isStorageError(error, 'AlreadyExists') || isStorageError(error, 'PreconditionFailed');
}

function exists(key: string, cause?: unknown): StorageError {
  return new StorageError('AlreadyExists', `${key} exists`, { cause });
}

function otherVersion(key: string, cause?: unknown): StorageError {
  return new StorageError('PreconditionFailed', `${key} is not the version that was named`, {
    cause,
  });
}

function raced(key: string, cause?: unknown): StorageError {
  return new StorageError('Conflict', `others changed ${key} at the same time`, { cause });
}

function beforeHandOver(key: string): StorageError {
  return new StorageError(
    'Conflict',
    `${key} is still in the source, where other processes may write until all of them are in the mode "hybrid"`,
  );
}
