import {
  type Body,
  type Condition,
  type CopyOptions,
  type DeleteOptions,
  type DeleteResult,
  deleteEach,
  distinctKeys,
  type FileMetadata,
  isStorageError,
  lengthOf,
  type MatchCondition,
  type OperationOptions,
  StorageError,
  type UploadOptions,
} from '@org/storage-core';
import { statIfThere } from '../look.js';
import type { Drain } from './drain.js';
import type { DrainParts } from './drain-key.js';
import { publish } from './event.js';
import { limited } from './limited.js';
import { asWritten, conditionOn } from './origin.js';
import type { Replay } from './replay.js';
import { isReserved } from './reserved.js';
import type { Room } from './room.js';

export interface WriteParts extends DrainParts {
  /** Name, for events. */
  readonly provider: string;
  readonly drain: Drain;
  readonly room: Room;
  readonly isAway: (error: unknown) => boolean;
}

/** Changes of files that may have an entry in the spool. */
export class Writes {
  readonly #parts: WriteParts;

  constructor(parts: WriteParts) {
    this.#parts = parts;
  }

  /** To the entry where there is one, else to the target; if that is away, to a new entry. */
  async upload(key: string, replay: Replay, options: UploadOptions): Promise<FileMetadata> {
    const { entries, conflicts, isAway } = this.#parts;
    const { condition, signal } = options;
    for (;;) {
      const entry = await entries.find(key, options);
      if (entry === undefined) break;
      try {
        return await this.#spool(key, entry, replay, options);
      } catch (error) {
        // Drained meanwhile, it may still be the version that is named: of that, the target has the say.
        const refused = condition?.type === 'match' && isStorageError(error, 'PreconditionFailed');
        if (!refused || (await entries.find(key, options)) !== undefined) throw error;
      }
    }
    let stored: FileMetadata;
    try {
      stored = await this.#direct(key, replay, options);
    } catch (error) {
      // Whether a condition holds only the target can tell.
      if (condition !== undefined || signal?.aborted || !isAway(error)) throw error;
      return this.#spool(key, undefined, replay, options, error);
    }
    conflicts?.saw(key, stored.etag);
    await this.afterwards(key, condition);
    return stored;
  }

  async #direct(key: string, replay: Replay, options: UploadOptions): Promise<FileMetadata> {
    const { target } = this.#parts;
    const { condition } = options;
    try {
      return await target.upload(key, bodyOf(key, replay), options);
    } catch (error) {
      if (condition?.type !== 'match' || !isStorageError(error, 'PreconditionFailed')) throw error;
      const drained = await this.#drained(key, condition, options);
      if (drained === undefined) throw error;
      return target.upload(key, bodyOf(key, replay), { ...options, condition: drained });
    }
  }

  async copy(from: string, to: string, options: CopyOptions): Promise<FileMetadata> {
    const stored = await this.#parts.target.copy(from, to, options);
    this.#parts.conflicts?.saw(to, stored.etag);
    await this.afterwards(to, options.condition);
    return stored;
  }

  /**
   * Deletes from the target. An entry is drained before: were it dropped instead, what it lies over would be seen again, and a
   * drainer that is sending it would bring it back.
   */
  async delete(key: string, { condition, signal }: DeleteOptions = {}): Promise<void> {
    const { entries, target, conflicts, drain } = this.#parts;
    const remove = (given: MatchCondition | undefined) =>
      target.delete(key, given === undefined ? { signal } : { condition: given, signal });
    const entry = await entries.find(key, { signal });
    if (entry !== undefined) {
      if (condition !== undefined && condition.etag !== entry.etag) throw otherVersion(key);
      // A drainer of another process may be about to create the file: deleted now, it would come back.
      const { type } = await drain.key(key, () => true, { signal });
      if (type === 'claimed' || type === 'contended') throw raced(key);
    }
    try {
      await remove(condition);
    } catch (error) {
      if (condition === undefined || !isStorageError(error, 'PreconditionFailed')) throw error;
      const drained = await this.#drained(key, condition, { signal });
      if (drained === undefined) throw error;
      await remove(drained);
    }
    conflicts?.saw(key, null);
    await this.afterwards(key, condition);
  }

  /** In bulk where the target has all there is; what waits in the spool, one by one. */
  async deleteMany(keys: Iterable<string>, { signal }: OperationOptions): Promise<DeleteResult> {
    const { entries, target, conflicts } = this.#parts;
    const waiting: string[] = [];
    const others: string[] = [];
    for (const key of distinctKeys(keys))
      ((await entries.find(key, { signal })) === undefined ? others : waiting).push(key);
    const bulk =
      others.length === 0 ? NOTHING_DELETED : await target.deleteMany(others, { signal });
    for (const key of bulk.deleted) {
      conflicts?.saw(key, null);
      await this.afterwards(key);
    }
    const single = await deleteEach(this, waiting, { signal });
    return {
      deleted: [...bulk.deleted, ...single.deleted],
      failed: [...bulk.failed, ...single.failed],
    };
  }

  async #drained(
    key: string,
    condition: MatchCondition,
    { signal }: OperationOptions,
  ): Promise<MatchCondition | undefined> {
    return conditionOn(await statIfThere(this.#parts.target, key, signal), condition);
  }

  /**
   * After a change was made in the target while there was no entry: if there is one now, it came meanwhile, and hides the change.
   * Its write was under way at the same time, so that it may count as the later one, and it must stay so: a drainer may have
   * sent it before the change, and be about to remove it, and then the change would be seen after it. Renewed, the entry can’t be
   * removed before it was sent again.
   *
   * To write the changed value over the entry instead would be wrong: it may have been seen in the target before the entry
   * came, and would come back after it. The same goes for a create: where nothing was in the target, nothing was before the entry.
   *
   * A change of a certain version may have met the entry’s own content, sent by a drainer, under an ETag that this content had
   * before; then it can’t count as made before the entry. Whether it is to be seen depends on who comes next, a drainer that removes
   * the entry or one that sends it again. So its outcome is unknown, as it is told.
   */
  async afterwards(key: string, condition?: Condition): Promise<void> {
    const { entries } = this.#parts;
    for (;;) {
      const entry = await entries.find(key, {});
      if (entry === undefined) return;
      if (condition?.type === 'match') {
        throw new StorageError(
          'Unavailable',
          `${key} was written to the spool at the same time: whether this change has taken effect is not known`,
        );
      }
      if (await entries.renew(entry, {})) return;
    }
  }

  /** @param away what the target failed with, if it did. */
  async #spool(
    key: string,
    entry: FileMetadata | undefined,
    replay: Replay,
    options: UploadOptions,
    away?: unknown,
  ): Promise<FileMetadata> {
    const { entries, room, provider, conflicts } = this.#parts;
    const { condition, contentLength } = options;
    if (entry !== undefined && condition?.type === 'absent')
      throw new StorageError('AlreadyExists', `${key} exists`);
    const body = replay.next();
    // A key that the spool can’t hold, the target would take, if only it were there: its error is the one to tell.
    if (body === undefined || isReserved(key)) throw away;
    const replaced = entry?.size ?? 0;
    const free = await room.over(key, replaced, contentLength ?? lengthOf(body) ?? 0);
    const over = conflicts?.over(key, entry);
    const described =
      over === undefined ? options : { ...options, metadata: { ...options.metadata, ...over } };
    try {
      const content = limited(body, free, () => room.full(key));
      const stored = await entries.store.upload(key, content, described);
      room.grew(stored.size - replaced);
      publish({ type: 'spooled', provider, key, size: stored.size });
      return asWritten(stored);
    } catch (error) {
      throw away !== undefined && isStorageError(error, 'InvalidKey') ? away : error;
    }
  }
}

const NOTHING_DELETED: DeleteResult = { deleted: [], failed: [] };

function bodyOf(key: string, replay: Replay): Body {
  const body = replay.next();
  if (body === undefined) throw raced(key); // between two attempts, which alone need a second body
  return body;
}

function otherVersion(key: string): StorageError {
  return new StorageError('PreconditionFailed', `${key} is not the version that was named`);
}

function raced(key: string): StorageError {
  return new StorageError('Conflict', `others changed ${key} at the same time`);
}
