import { isStorageError, StorageError } from './error.js';
import type { Key } from './key.js';
import type { FileMetadata } from './metadata.js';
import type { MatchCondition, OperationOptions } from './operation-options.js';
import { checkCopyOptions } from './options.js';
import type { CopyOptions, DeleteResult, StorageProvider, UploadOptions } from './provider.js';

/** Deletes of one `deleteMany` that are under way at once. */
const DELETES_AT_ONCE = 16;

/** `exists` made of `stat`. */
export async function existsByStat(
  provider: Pick<StorageProvider, 'stat'>,
  key: string,
  options?: OperationOptions,
): Promise<boolean> {
  try {
    await provider.stat(key, options);
    return true;
  } catch (error) {
    if (isStorageError(error, 'NotFound')) return false;
    throw error;
  }
}

/**
 * The keys of a `deleteMany`, each once.
 * @throws StorageError `InvalidArgument` for a text, which is an iterable too: of letters, each of them a key.
 */
export function distinctKeys(keys: Iterable<string>): ReadonlySet<string> {
  if (typeof keys === 'object' && keys !== null && Symbol.iterator in keys) return new Set(keys);
  throw new StorageError('InvalidArgument', 'deleteMany takes a list of keys, not one key');
}

/** `deleteMany` made of single deletes, for stores without a bulk request. */
export async function deleteEach(
  provider: Pick<StorageProvider, 'delete'>,
  keys: Iterable<string>,
  options?: OperationOptions,
): Promise<DeleteResult> {
  const deleted: Key[] = [];
  const failed: DeleteResult['failed'][number][] = [];
  const queue = distinctKeys(keys).values(); // shared by the workers: each takes the next
  const worker = async () => {
    for (const key of queue) {
      try {
        await provider.delete(key, options);
        deleted.push(key as Key); // `delete` parsed it
      } catch (error) {
        if (!isStorageError(error)) throw error;
        failed.push({ key, error });
      }
    }
  };
  await Promise.all(Array.from({ length: DELETES_AT_ONCE }, worker));
  return { deleted, failed };
}

/**
 * `move` made of copy and delete, pinned to the version that was found. Where the provider can delete conditionally, a
 * write to the source between the two is not lost.
 */
export async function moveByCopy(
  provider: Pick<StorageProvider, 'capabilities' | 'copy' | 'delete' | 'stat'>,
  from: string,
  to: string,
  options: CopyOptions = {},
): Promise<FileMetadata> {
  checkCopyOptions(options);
  const { signal } = options;
  if (from === to || provider.capabilities.conditionalDelete === 'absent') {
    const copied = await provider.copy(from, to, options);
    if (from !== to) await provider.delete(from, { signal });
    return copied;
  }
  const etag = options.sourceCondition?.etag ?? (await provider.stat(from, { signal })).etag;
  const found: MatchCondition = { type: 'match', etag };
  const copied = await provider
    .copy(from, to, { ...options, sourceCondition: found })
    .catch((error: unknown) => {
      const { condition, sourceCondition } = options;
      const theirs = condition?.type === 'match' || sourceCondition !== undefined;
      throw !theirs && isStorageError(error, 'PreconditionFailed') ? changed(from, error) : error;
    });
  await provider.delete(from, { signal, condition: found }).catch((error: unknown) => {
    throw isStorageError(error, 'PreconditionFailed') ? changed(from, error) : error;
  });
  return copied;
}

function changed(from: string, cause: StorageError): StorageError {
  return new StorageError('Conflict', `${from} was changed while it was moved, and stays`, {
    key: from,
    cause,
  });
}

/** The upload options that give a copy the headers and the metadata of its original. */
export function carriedOptions(file: FileMetadata): UploadOptions {
  const { size, contentType, cacheControl, contentDisposition, metadata, checksums } = file;
  return {
    contentLength: size,
    contentType,
    metadata,
    checksums,
    ...(cacheControl === undefined ? {} : { cacheControl }),
    ...(contentDisposition === undefined ? {} : { contentDisposition }),
  };
}
