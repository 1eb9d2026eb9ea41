import {
  carriedOptions,
  type ETag,
  isStorageError,
  StorageError,
  type StorageProvider,
} from '@org/storage-core';
import { asApplicationsSee, goesBy, look, statIfThere } from '@org/storage-hybrid';
import type { Archive } from './archive.js';
import { requireConditionalDelete } from './conditional-delete.js';

export interface RevertOptions {
  readonly source: StorageProvider;
  readonly target: StorageProvider;
  /** Where `retire` has put the source's files. */
  readonly archive?: Archive | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What a run has made of one key. */
export interface Copied {
  /** Of the copy in the target. */
  readonly targetEtag: ETag;
  /** Where the source's file is in the archive, if it was retired. */
  readonly archived?: string | undefined;
}

/**
 * Copies are taken back while no process is in a mode beyond `prepare`: there, nobody drops the source's file after a write.
 *
 * First half: the source has the file again, beneath the copy. All keys of a batch go through it, then the
 * longest time that any request may take has to pass before {@link takeBack}: whoever looked into the source before now has got
 * an answer from the target by then, so that no look falls between the two.
 *
 * @returns Whether the copy is still what the run made of it; else nothing was done.
 */
export async function bringBack(
  key: string,
  { targetEtag, archived }: Copied,
  { source, target, archive, signal }: RevertOptions,
): Promise<boolean> {
  const seen = await look(target, key, signal);
  if (seen.type !== 'file' || seen.file.etag !== targetEtag) return false;
  if ((await statIfThere(source, key, signal)) !== undefined) return true;
  try {
    if (archived !== undefined && archive !== undefined) {
      await archive.restore({ id: archived }, { signal });
      return true;
    }
    const condition = { type: 'match', etag: targetEtag } as const;
    const { body } = await target.download(key, { condition, signal });
    const carried = carriedOptions(asApplicationsSee(seen.file));
    await source.upload(key, body, { ...carried, condition: { type: 'absent' }, signal });
    return true;
  } catch (error) {
    if (isStorageError(error, 'AlreadyExists')) return true;
    if (isStorageError(error, 'PreconditionFailed')) return false;
    throw error;
  }
}

/**
 * Second half: removes the copy, if it is still that. What the application has written or deleted since stays, and the source's
 * file beneath it goes again.
 *
 * @returns `reverted`, or `superseded` by the application.
 * @throws StorageError `Unsupported` for a target without conditional deletes of its own.
 */
export async function takeBack(
  key: string,
  { targetEtag }: Copied,
  { source, target, signal }: RevertOptions,
): Promise<'reverted' | 'superseded'> {
  requireConditionalDelete(target);
  const beneath = await statIfThere(source, key, signal);
  const seen = await look(target, key, signal);
  if (seen.type === 'absent') return 'reverted'; // by a run that came to no end
  if (seen.type === 'file' && seen.file.etag === targetEtag) {
    if (beneath === undefined)
      throw new StorageError('Conflict', `${key} is not in the source, and its copy stays`);
    try {
      await target.delete(key, { condition: { type: 'match', etag: targetEtag }, signal });
      return 'reverted';
    } catch (error) {
      if (!isStorageError(error, 'PreconditionFailed')) throw error;
      if ((await look(target, key, signal)).type === 'absent') return 'reverted';
    }
  }
  if (beneath !== undefined && !(seen.type === 'file' && goesBy(seen.file, beneath.etag))) {
    const condition = { type: 'match', etag: beneath.etag } as const;
    await source.delete(key, { condition, signal }).catch((error: unknown) => {
      if (!isStorageError(error, 'PreconditionFailed')) throw error; // the application has dropped it
    });
  }
  return 'superseded';
}
