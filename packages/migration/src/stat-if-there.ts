import { type FileMetadata, isStorageError, type StorageProvider } from '@org/storage-core';

/** `undefined` only for a definite "not found". */
export async function statIfThere(
  provider: StorageProvider,
  key: string,
  signal: AbortSignal | undefined,
): Promise<FileMetadata | undefined> {
  try {
    return await provider.stat(key, { signal });
  } catch (error) {
    if (isStorageError(error, 'NotFound')) return undefined;
    throw error;
  }
}
