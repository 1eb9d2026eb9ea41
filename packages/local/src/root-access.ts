import { isStorageError, StorageError } from '@org/storage-core';
import { reclaimStaging } from './reclaim.js';
import { makeReserved } from './reserved.js';
import { checkRootPresent, openRoot, type Root, type RootOptions } from './root.js';
import { probeSpelling } from './spelling.js';

/** A root that is looked up when it is first needed, and prepared when it is first written to. */
export class RootAccess {
  readonly #path: string;
  readonly #options: () => RootOptions;
  #found: Promise<Root> | undefined;
  #prepared: Promise<Root> | undefined;

  /** @param path absolute. */
  constructor(path: string, options: () => RootOptions) {
    this.#path = path;
    this.#options = options;
  }

  /**
   * The root is looked up once: a disk that is unmounted later must not be taken for an empty root.
   * @throws StorageError `NotFound` if there is none.
   */
  find(): Promise<Root> {
    this.#found ??= openRoot(this.#path, this.#options()).catch((error: unknown) => {
      this.#found = undefined;
      throw error;
    });
    return this.#found;
  }

  /**
   * For operations on a key, where `NotFound` would be taken for an answer about the key.
   * @throws StorageError `Unavailable` if there is no root.
   */
  async readable(): Promise<Root> {
    try {
      return await this.find();
    } catch (error) {
      if (!isStorageError(error, 'NotFound')) throw error;
      throw new StorageError('Unavailable', error.message, { cause: error });
    }
  }

  writable(): Promise<Root> {
    const prepare = async () => {
      const root = await this.readable();
      await checkRootPresent(root);
      await makeReserved(root);
      await reclaimStaging(root);
      await probeSpelling(root);
      return root;
    };
    this.#prepared ??= prepare().catch((error: unknown) => {
      this.#prepared = undefined;
      throw error;
    });
    return this.#prepared;
  }

  async close(): Promise<void> {
    const root = await this.#found?.catch(() => undefined);
    await root?.locks.close();
  }
}
