import {
  type Body,
  type Capabilities,
  type Condition,
  type CopyOptions,
  type DeleteOptions,
  type DeleteResult,
  type Download,
  type DownloadOptions,
  deleteEach,
  type FileMetadata,
  type FileTags,
  type HealthReport,
  isStorageError,
  type ListEntry,
  type ListOptions,
  moveByCopy,
  type OperationOptions,
  StorageError,
  type StorageProvider,
  type UploadOptions,
  type VersionOptions,
} from '@org/storage-core';
import type { SimulatedProcess } from './process.js';

/** Who has the lock of a key. */
export type Locks = Map<string, SimulatedProcess>;

/**
 * A store that compares no versions itself, as a directory: whoever changes a file takes its lock, looks, and changes it then, in
 * steps of their own. A create takes no lock, since it looks and changes at once (link(2)); neither do readers. The locks
 * of a process that has crashed are free.
 */
export class LockingClient implements StorageProvider {
  readonly name: string;
  readonly capabilities: Capabilities;
  readonly tags?: FileTags;
  readonly #store: StorageProvider;
  readonly #process: SimulatedProcess;
  readonly #locks: Locks;

  /** @param store without conditions of its own, but for creates. */
  constructor(store: StorageProvider, process: SimulatedProcess, locks: Locks) {
    this.name = store.name;
    this.capabilities = store.capabilities;
    if (store.tags !== undefined) this.tags = store.tags;
    this.#store = store;
    this.#process = process;
    this.#locks = locks;
  }

  upload(key: string, body: Body, options: UploadOptions = {}): Promise<FileMetadata> {
    const { condition, ...others } = options;
    if (condition?.type === 'absent') return this.#store.upload(key, body, options);
    return this.#change(key, condition, () => this.#store.upload(key, body, others));
  }

  delete(key: string, options: DeleteOptions = {}): Promise<void> {
    const { condition, ...others } = options;
    return this.#change(key, condition, () => this.#store.delete(key, others));
  }

  copy(from: string, to: string, options: CopyOptions = {}): Promise<FileMetadata> {
    const { condition, ...others } = options;
    if (condition?.type === 'absent') return this.#store.copy(from, to, options);
    return this.#change(to, condition, () => this.#store.copy(from, to, others));
  }

  /** Looks and changes with the lock of the key. */
  async #change<T>(
    key: string,
    condition: Condition | undefined,
    change: () => Promise<T>,
  ): Promise<T> {
    for (let locked = false; !locked; ) {
      locked = await this.#process.step(`${this.name} lock ${key}`, () => this.#tryLock(key));
    }
    try {
      if (condition?.type === 'match') await this.#check(key, condition.etag);
      return await change();
    } finally {
      this.#locks.delete(key);
    }
  }

  #tryLock(key: string): boolean {
    if (this.#locks.get(key)?.alive === true) return false;
    this.#locks.set(key, this.#process);
    return true;
  }

  async #check(key: string, etag: string): Promise<void> {
    const found = await this.#store.stat(key).catch((error: unknown) => {
      if (!isStorageError(error, 'NotFound')) throw error;
    });
    if (found?.etag !== etag)
      throw new StorageError('PreconditionFailed', `${key} is not the expected version`, {
        ...{ key, provider: this.name, operation: 'change' },
      });
  }

  download(key: string, options?: DownloadOptions): Promise<Download> {
    return this.#store.download(key, options);
  }

  stat(key: string, options?: VersionOptions): Promise<FileMetadata> {
    return this.#store.stat(key, options);
  }

  exists(key: string, options?: OperationOptions): Promise<boolean> {
    return this.#store.exists(key, options);
  }

  deleteMany(keys: Iterable<string>, options?: OperationOptions): Promise<DeleteResult> {
    return deleteEach(this, keys, options);
  }

  list(options?: ListOptions): AsyncIterable<ListEntry> {
    return this.#store.list(options);
  }

  move(from: string, to: string, options?: CopyOptions): Promise<FileMetadata> {
    return moveByCopy(this, from, to, options);
  }

  checkHealth(options?: OperationOptions): Promise<HealthReport> {
    return this.#store.checkHealth(options);
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
