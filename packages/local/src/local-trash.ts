import {
  type Capabilities,
  checkDeleteOptions,
  checkOperationOptions,
  type FileMetadata,
  type MatchCondition,
  type OperationOptions,
  parseKey,
  refuseAbsent,
  runListing,
  StorageError,
} from '@org/storage-core';
import { fileError } from './file-error.js';
import { pathProblem } from './paths.js';
import type { RootAccess } from './root-access.js';
import type { Run } from './run.js';
import { listTrash, moveToTrash, pathInTrash, purgeTrash, restoreFromTrash } from './trash.js';
import type { TrashedFile } from './trash-entry.js';

export interface TrashPutOptions extends OperationOptions {
  /** A file that is another version, or gone, is refused with `PreconditionFailed`. */
  readonly condition?: MatchCondition | undefined;
}

export interface RestoreOptions extends OperationOptions {
  /** Default: the key that the file had. */
  readonly key?: string | undefined;
}

export interface PurgeOptions extends OperationOptions {
  /** Only what was put into the trash before. Default: all. */
  readonly before?: Date | undefined;
}

export interface PurgeResult {
  /** How many files were removed for good. */
  readonly purged: number;
}

/** Deleted files that can be restored, in `.storage/trash` of the root. They are neither listed nor read as files. */
export interface LocalTrash {
  /**
   * Moves a file to the trash, with its metadata, by a rename; whatever `deleted` of the provider's options is.
   * @throws StorageError `NotFound`, `PreconditionFailed`.
   */
  put(key: string, options?: TrashPutOptions): Promise<TrashedFile>;
  /** Ordered by the time at which they were put there. */
  list(options?: OperationOptions): AsyncIterable<TrashedFile>;
  /**
   * Makes it a file again, with content, metadata, tags and time as they were, and a new ETag. Never replaces a file.
   * @throws StorageError `NotFound` if it is not in the trash, `AlreadyExists`, `Unsupported` without hard links.
   */
  restore(trashed: Pick<TrashedFile, 'id'>, options?: RestoreOptions): Promise<FileMetadata>;
  /**
   * Where the body of a file of the trash is: to be read or linked, and never written to.
   * @throws StorageError `NotFound` if it is not in the trash.
   */
  path(trashed: Pick<TrashedFile, 'id'>, options?: OperationOptions): Promise<string>;
  /** Removes files of the trash for good. */
  purge(options?: PurgeOptions): Promise<PurgeResult>;
}

/** @param provider what the trash is of; `checkOpen` throws if it is closed. */
export function localTrash(provider: {
  readonly name: string;
  readonly access: RootAccess;
  readonly run: Run;
  capabilities(): Capabilities;
  checkOpen(): void;
}): LocalTrash {
  const { access, run } = provider;

  async function* entries(options: OperationOptions) {
    checkOperationOptions(options);
    provider.checkOpen();
    for await (const entry of listTrash(await access.find())) {
      provider.checkOpen();
      yield entry;
    }
  }

  return {
    put: (key, options = {}) =>
      run('putInTrash', key, options, async () => {
        const parsed = parseKey(key);
        checkDeleteOptions(options);
        refuseAbsent(provider.capabilities(), { conditionalDelete: options.condition });
        if (pathProblem(parsed) !== undefined) throw missing(key);
        const trashed = await moveToTrash(await access.readable(), parsed, options);
        if (trashed === undefined) throw missing(key);
        return trashed;
      }),
    list: (options = {}) => {
      const context = { operation: 'listTrash', provider: provider.name, signal: options.signal };
      return runListing(context, () => entries(options), fileError);
    },
    restore: ({ id }, options = {}) =>
      run('restoreTrash', options.key, options, async () => {
        const { key, ...others } = options;
        checkOperationOptions(others);
        return restoreFromTrash(await access.writable(), id, key, options.signal);
      }),
    path: ({ id }, options = {}) =>
      run('pathInTrash', undefined, options, async () => {
        checkOperationOptions(options);
        return pathInTrash(await access.readable(), id);
      }),
    purge: (options = {}) =>
      run('purgeTrash', undefined, options, async () => {
        const { before = new Date(8.64e15), ...others } = options;
        checkOperationOptions(others);
        if (!(before instanceof Date) || Number.isNaN(before.getTime())) {
          throw new StorageError('InvalidArgument', 'before is a Date');
        }
        return { purged: await purgeTrash(await access.readable(), before, options.signal) };
      }),
  };
}

function missing(key: string): StorageError {
  return new StorageError('NotFound', `there is no file ${key}`, { key });
}
