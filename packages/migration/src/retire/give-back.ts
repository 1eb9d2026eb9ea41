import {
  type Checksums,
  differingChecksums,
  type FileMetadata,
  isStorageError,
  type Key,
  StorageError,
  type StorageProvider,
} from '@org/storage-core';
import { type Look, look, statIfThere } from '@org/storage-hybrid';
import { digestOf } from '../verify/content-digest.js';
import { type Retirement, retire } from './retire.js';
import { type Copied, giveFile, type RevertOptions } from './revert.js';

/** A file that was retired. */
export interface Retired extends Copied {
  readonly key: Key;
  /** Of its content. */
  readonly checksums: Checksums;
}

/**
 * `restored` the source has it · `changed` the source has another file under this key, which stays · `lost` it is in neither store, nor in
 * the archive · `superseded` the application has written or deleted it since, and the source has nothing beneath that.
 */
export type Restoration =
  | { readonly outcome: 'restored' | 'changed' | 'lost' }
  | {
      readonly outcome: 'superseded';
      readonly by: Exclude<Look, { type: 'absent' }>;
      /** What was restored for a moment was retired again. */
      readonly retirement?: Retirement;
    };

/**
 * Puts a file back into the source that was retired, while the target keeps its copy. An application may go on with both
 * stores, but none may read from the source while the target is away: for a moment it may hold what the application has just
 * replaced. What was written since is looked for once more at the end, so that nothing old stays beneath it.
 */
export async function giveBack(
  { key, targetEtag, archived, checksums }: Retired,
  options: Omit<RevertOptions, 'applicationStopped'> & {
    /** Awaited as soon as the source has it, before anything else is done with it. */
    readonly onRestored: (file: FileMetadata) => Promise<void>;
  },
): Promise<Restoration> {
  const { source, target, archive, signal } = options;
  const found = await statIfThere(source, key, signal);
  const before = await look(target, key, signal);
  if (found !== undefined && !(await hasContent(source, found, checksums, signal)))
    return { outcome: 'changed' };
  if (found === undefined && isOthers(before, targetEtag))
    return { outcome: 'superseded', by: before };
  const restored = found ?? (await restoredFrom(before, archived, options));
  if (restored === undefined) return { outcome: 'lost' };
  await options.onRestored(restored);
  const after = await look(target, key, signal);
  if (!isOthers(after, targetEtag)) return { outcome: 'restored' };
  const copied = restored.etag;
  const retirement = await retire(key, { source, target, archive, copied, signal });
  return { outcome: 'superseded', by: after, retirement };
}

/** `undefined` if it is nowhere. */
async function restoredFrom(
  seen: Look,
  archived: string | undefined,
  options: RevertOptions,
): Promise<FileMetadata | undefined> {
  const { archive, signal } = options;
  if (seen.type === 'file') return giveFile(seen.file, archived, options);
  if (archived === undefined || archive === undefined) return undefined;
  try {
    return await archive.restore({ id: archived }, { signal });
  } catch (error) {
    if (isStorageError(error, 'NotFound')) return undefined;
    throw error;
  }
}

/** Whether the application has the say by now. */
function isOthers(
  seen: Look,
  targetEtag: Copied['targetEtag'],
): seen is Exclude<Look, { type: 'absent' }> {
  if (seen.type === 'absent') return false;
  return seen.type === 'tombstone' || seen.file.etag !== targetEtag;
}

/** Whether it is what was retired: given back by a run that was killed before it could write that down. */
async function hasContent(
  source: StorageProvider,
  { key, etag }: FileMetadata,
  checksums: Checksums,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  if (checksums.crc32 === undefined && checksums.sha256 === undefined) return false;
  const digest = await digestOf(source, key, signal);
  if (digest.etag !== etag)
    throw new StorageError('Conflict', `${key} is being changed in the source`);
  return differingChecksums(checksums, digest.checksums).length === 0;
}
