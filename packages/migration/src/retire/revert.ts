import {
  carriedOptions,
  type ETag,
  type FileMetadata,
  isStorageError,
  StorageError,
  type StorageProvider,
} from '@org/storage-core';
import {
  asApplicationsSee,
  goesBy,
  type Look,
  look,
  originDisk,
  statIfThere,
} from '@org/storage-hybrid';
import type { Archive } from './archive.js';
import { requireConditionalDelete } from './conditional-delete.js';

export interface RevertOptions {
  readonly source: StorageProvider;
  readonly target: StorageProvider;
  /** Where `retire` has put the source's files. */
  readonly archive?: Archive | undefined;
  /**
   * No process of the application runs: then {@link takeBack} does with a server that looks first and deletes then, or does not
   * compare at all. Default `false`.
   */
  readonly applicationStopped?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What a run has made of one key. */
export interface Copied {
  /** Of the copy in the target. */
  readonly targetEtag: ETag;
  /** Where the source's file is in the archive, if it was retired. */
  readonly archived?: string | undefined;
  /** The disk that it came from, where not all hosts see that. */
  readonly disk?: string | undefined;
}

/**
 * Whether the copy is still what the run made of it. That the application has written the same bytes again makes no difference where
 * all hosts see the source, which has them as well.
 */
export function isCopy(
  seen: Look,
  { targetEtag, disk }: Pick<Copied, 'targetEtag' | 'disk'>,
): seen is Extract<Look, { type: 'file' }> {
  if (seen.type !== 'file' || seen.file.etag !== targetEtag) return false;
  return disk === undefined || originDisk(seen.file) === disk;
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
  copied: Copied,
  options: RevertOptions,
): Promise<boolean> {
  const { source, target, signal } = options;
  const seen = await look(target, key, signal);
  if (!isCopy(seen, copied)) return false;
  if ((await statIfThere(source, key, signal)) !== undefined) return true;
  try {
    await giveFile(seen.file, copied.archived, options);
    return true;
  } catch (error) {
    if (isStorageError(error, 'AlreadyExists')) return true;
    if (isStorageError(error, 'PreconditionFailed')) return false;
    throw error;
  }
}

/**
 * Gives the source a file again that it does not have: out of the archive, or from the copy where it is not there.
 * @throws StorageError `AlreadyExists`; `PreconditionFailed` if the copy has changed.
 */
export async function giveFile(
  copy: FileMetadata,
  archived: string | undefined,
  { source, target, archive, signal }: RevertOptions,
): Promise<FileMetadata> {
  const { key, etag } = copy;
  if (archived !== undefined && archive !== undefined) {
    try {
      return await archive.restore({ id: archived }, { signal });
    } catch (error) {
      if (!isStorageError(error, 'NotFound')) throw error; // it was removed for good: the copy has the same bytes
    }
  }
  const condition = { type: 'match', etag } as const;
  const { body } = await target.download(key, { condition, signal });
  const carried = carriedOptions(asApplicationsSee(copy));
  return source.upload(key, body, { ...carried, condition: { type: 'absent' }, signal });
}

/**
 * Second half: removes the copy, if it is still that. What the application has written or deleted since stays, and the source's
 * file beneath it goes again.
 *
 * @returns `reverted`, or `superseded` by the application.
 * @throws StorageError `Unsupported` for a target without conditional deletes of its own, while an application runs.
 */
export async function takeBack(
  key: string,
  copied: Copied,
  { source, target, applicationStopped = false, signal }: RevertOptions,
): Promise<'reverted' | 'superseded'> {
  const { targetEtag } = copied;
  if (!applicationStopped) requireConditionalDelete(target);
  const beneath = await statIfThere(source, key, signal);
  const seen = await look(target, key, signal);
  if (seen.type === 'absent') return 'reverted'; // by a run that came to no end
  if (isCopy(seen, copied)) {
    if (beneath === undefined)
      throw new StorageError('Conflict', `${key} is not in the source, and its copy stays`);
    try {
      if (target.capabilities.conditionalDelete === 'absent') await target.delete(key, { signal });
      else await target.delete(key, { condition: { type: 'match', etag: targetEtag }, signal });
      return 'reverted';
    } catch (error) {
      if (!isStorageError(error, 'PreconditionFailed')) throw error;
      if ((await look(target, key, signal)).type === 'absent') return 'reverted';
    }
  }
  if (beneath !== undefined) await dropBeneath(beneath, seen, source, signal);
  return 'superseded';
}

/** Removes a file of the source that lies beneath what the application has written or deleted. */
export async function dropBeneath(
  { key, etag }: FileMetadata,
  seen: Exclude<Look, { type: 'absent' }>,
  source: StorageProvider,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (seen.type === 'file' && goesBy(seen.file, etag)) return;
  const condition = { type: 'match', etag } as const;
  await source.delete(key, { condition, signal }).catch((error: unknown) => {
    if (!isStorageError(error, 'PreconditionFailed')) throw error; // the application has dropped it
  });
}
