import {
  type ETag,
  type FileMetadata,
  isStorageError,
  type StorageProvider,
} from '@org/storage-core';
import { isTombstone } from './tombstone.js';

/** What the target holds under a key. It has the say as soon as that is not `absent`. */
export type Look =
  | { readonly type: 'absent' }
  | { readonly type: 'tombstone'; readonly etag: ETag }
  | { readonly type: 'file'; readonly file: FileMetadata };

export async function look(
  target: StorageProvider,
  key: string,
  signal: AbortSignal | undefined,
): Promise<Look> {
  const file = await statIfThere(target, key, signal);
  if (file === undefined) return { type: 'absent' };
  return isTombstone(file) ? { type: 'tombstone', etag: file.etag } : { type: 'file', file };
}

/** `undefined` only for a definite "not found": any other failure is no absence. */
export async function statIfThere(
  provider: StorageProvider,
  key: string,
  signal: AbortSignal | undefined,
): Promise<FileMetadata | undefined> {
  return ifThere(provider.stat(key, { signal }));
}

/** A key that a store can't hold is not there. */
export async function ifThere<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (isStorageError(error, 'NotFound') || isStorageError(error, 'InvalidKey')) return undefined;
    throw error;
  }
}
