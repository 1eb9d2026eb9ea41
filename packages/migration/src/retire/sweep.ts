import { isStorageError, type StorageProvider } from '@org/storage-core';
import { look } from '@org/storage-hybrid';
import { requireConditionalDelete } from './conditional-delete.js';

/**
 * Removes a tombstone, if it is still there. Only once nothing can bring an old file up any more: the source is retired, all
 * processes are in the mode `target`, and the longest time that a request may take has passed since the last migration ended.
 *
 * @returns Whether there was one.
 * @throws StorageError `Unsupported` for a store without conditional deletes of its own: leave tombstones to a lifecycle rule on
 * their tag.
 */
export async function sweep(
  key: string,
  target: StorageProvider,
  signal?: AbortSignal,
): Promise<boolean> {
  requireConditionalDelete(target);
  const seen = await look(target, key, signal);
  if (seen.type !== 'tombstone') return false;
  try {
    await target.delete(key, { condition: { type: 'match', etag: seen.etag }, signal });
    return true;
  } catch (error) {
    if (isStorageError(error, 'PreconditionFailed')) return false; // written anew
    throw error;
  }
}
