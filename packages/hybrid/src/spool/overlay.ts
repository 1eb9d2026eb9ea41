import {
  type Download,
  type DownloadOptions,
  type FileMetadata,
  isStorageError,
  type OperationOptions,
  type StorageProvider,
} from '@org/storage-core';
import { ifThere, statIfThere } from '../look.js';
import type { Conflicts } from './conflict.js';
import type { Entries } from './entries.js';
import { asWritten, conditionOn } from './origin.js';
import { isReserved } from './reserved.js';

interface OverlayParts {
  readonly entries: Entries;
  readonly target: StorageProvider;
  readonly conflicts: Conflicts | undefined;
}

/** Reads the spool over the target. */
export class Overlay {
  readonly #parts: OverlayParts;

  constructor(parts: OverlayParts) {
    this.#parts = parts;
  }

  /** @throws StorageError `NotFound`. */
  find(key: string, options: OperationOptions): Promise<FileMetadata> {
    const { entries, target, conflicts } = this.#parts;
    return this.read(key, options, {
      entry: async () => asWritten(await entries.store.stat(key, options)),
      target: async () => {
        const file = await target.stat(key, options).catch((error: unknown) => {
          if (isStorageError(error, 'NotFound')) conflicts?.saw(key, null);
          throw error;
        });
        conflicts?.saw(key, file.etag);
        return file;
      },
    });
  }

  open(key: string, options: DownloadOptions): Promise<Download> {
    const { entries } = this.#parts;
    return this.read(key, options, {
      entry: async () => {
        const opened = await entries.store.download(key, options);
        return { ...opened, metadata: asWritten(opened.metadata) };
      },
      target: () => this.#openTarget(key, options),
      release: ({ body }) => body.destroy(),
    });
  }

  async #openTarget(key: string, options: DownloadOptions): Promise<Download> {
    const { target, conflicts } = this.#parts;
    const { condition, signal } = options;
    const opened = await target.download(key, options).catch(async (error: unknown) => {
      if (condition === undefined || !isStorageError(error, 'PreconditionFailed')) throw error;
      const drained = conditionOn(await statIfThere(target, key, signal), condition);
      if (drained === undefined) throw error;
      return target.download(key, { ...options, condition: drained });
    });
    conflicts?.saw(key, opened.metadata.etag);
    return opened;
  }

  /**
   * The entry, else what the target has. Then the spool is looked at once more: with an entry there by now, the target may have
   * shown something that the entry hides, and that is seen only when it has been drained, after what others read meanwhile.
   */
  async read<T>(
    key: string,
    options: OperationOptions,
    sides: {
      readonly entry: () => Promise<T>;
      readonly target: () => Promise<T>;
      readonly release?: (result: T) => void;
    },
  ): Promise<T> {
    const { signal } = options;
    if (isReserved(key)) return sides.target();
    const hidden = async () => (await this.#parts.entries.find(key, { signal })) !== undefined;
    for (;;) {
      const upper = await ifThere(sides.entry());
      if (upper !== undefined) return upper;
      let lower: T;
      try {
        lower = await sides.target();
      } catch (error) {
        if (await hidden()) continue;
        throw error;
      }
      if (!(await hidden())) return lower;
      sides.release?.(lower);
    }
  }
}
