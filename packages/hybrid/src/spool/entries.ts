import {
  type Capability,
  type Download,
  type FileMetadata,
  isStorageError,
  type ListEntry,
  type ListOptions,
  type OperationOptions,
  StorageError,
  type StorageProvider,
} from '@org/storage-core';
import { statIfThere } from '../look.js';
import { isReserved } from './reserved.js';

const NEEDED: readonly Capability[] = [
  'conditionalCreate',
  'conditionalUpdate',
  'conditionalDelete',
  'conditionalCopyUpdate',
  'metadata',
];

/** What waits in the spool: a file of its store for each key, with the content, headers and metadata that it is to have. */
export class Entries {
  readonly store: StorageProvider;

  /** @throws StorageError `Unsupported`. */
  constructor(store: StorageProvider) {
    const missing = NEEDED.filter((name) => store.capabilities[name] === 'absent');
    if (missing.length > 0) {
      throw new StorageError(
        'Unsupported',
        `the store "${store.name}" can’t hold a spool: it lacks ${missing.join(', ')}`,
      );
    }
    this.store = store;
  }

  /** Only a definite "not found" is an absence. A key that the store can’t hold is in no entry. */
  find(key: string, { signal }: OperationOptions): Promise<FileMetadata | undefined> {
    return isReserved(key) ? Promise.resolve(undefined) : statIfThere(this.store, key, signal);
  }

  /** Entries in the order of their keys. */
  async *list(options: ListOptions): AsyncGenerator<ListEntry, void, undefined> {
    for await (const entry of this.store.list(options))
      if (!isReserved(entry.type === 'file' ? entry.key : entry.prefix)) yield entry;
  }

  /** The content of this generation; `undefined` if it is no longer there. */
  open({ key, etag }: FileMetadata, { signal }: OperationOptions): Promise<Download | undefined> {
    return ifStill(this.store.download(key, { condition: { type: 'match', etag }, signal }));
  }

  /**
   * Gives an entry a new generation of the same content, so that nobody who knows the old one can remove it.
   * @returns whether it was still of the old one.
   */
  async renew({ key, etag }: FileMetadata, { signal }: OperationOptions): Promise<boolean> {
    const condition = { type: 'match', etag } as const;
    const copied = this.store.copy(key, key, { condition, sourceCondition: condition, signal });
    return (await ifStill(copied)) !== undefined;
  }

  /**
   * Removes this generation of an entry.
   * @returns whether it was still there.
   */
  async remove({ key, etag }: FileMetadata, { signal }: OperationOptions): Promise<boolean> {
    const removed = this.store.delete(key, { condition: { type: 'match', etag }, signal });
    return (await ifStill(removed.then(() => true))) ?? false;
  }
}

async function ifStill<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (isStorageError(error, 'PreconditionFailed') || isStorageError(error, 'NotFound'))
      return undefined;
    throw error;
  }
}
