import { type ETag, isStorageError, type StorageProvider } from '@org/storage-core';
import { look, statIfThere } from '@org/storage-hybrid';
import type { Archive } from './archive.js';

export interface RetireOptions {
  readonly source: StorageProvider;
  readonly target: StorageProvider;
  /** Where the source's file is put aside. Without one, it is deleted. */
  readonly archive?: Archive | undefined;
  /** Of the source's file when it was copied. Another one has been written by somebody since, past the application. */
  readonly copied: ETag;
  readonly signal?: AbortSignal | undefined;
}

/**
 * `retired` it is out of the source · `gone` it was already · `changed` somebody has written to the source since it was copied:
 * it stays · `needed` the target has nothing under this key: it stays.
 */
export type Retirement =
  | { readonly outcome: 'retired'; readonly archived?: string }
  | { readonly outcome: 'gone' | 'changed' | 'needed' };

/** Takes a file out of the source that the target has the say over. */
export async function retire(key: string, options: RetireOptions): Promise<Retirement> {
  const { source, target, archive, copied, signal } = options;
  const found = await statIfThere(source, key, signal);
  if (found === undefined) return { outcome: 'gone' };
  if (found.etag !== copied) return { outcome: 'changed' };
  if ((await look(target, key, signal)).type === 'absent') return { outcome: 'needed' };
  const condition = { type: 'match', etag: copied } as const;
  try {
    if (archive === undefined) {
      await source.delete(key, { condition, signal });
      return { outcome: 'retired' };
    }
    const archived = await archive.put(key, { condition, signal });
    if (archived.file.etag === copied) return { outcome: 'retired', archived: archived.id };
    // A writer that knows no locks came between the look and the move.
    await archive.restore(archived, { signal }).catch((error: unknown) => {
      if (!isStorageError(error, 'AlreadyExists')) throw error; // it has written once more: that counts
    });
    return { outcome: 'changed' };
  } catch (error) {
    if (isStorageError(error, 'NotFound')) return { outcome: 'gone' };
    if (!isStorageError(error, 'PreconditionFailed')) throw error;
    // Another version, or none: the application drops the file as well.
    const left = await statIfThere(source, key, signal);
    return { outcome: left === undefined ? 'gone' : 'changed' };
  }
}
