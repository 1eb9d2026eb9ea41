import { StorageError, type UrlSignerOptions } from '@org/storage-core';
import type { Durability } from './durability.js';

export interface LocalStorageOptions {
  /** Directory that holds the files; a relative path starts at the working directory of now. */
  readonly root: string;
  /** Default `local`. */
  readonly name?: string | undefined;
  /** Whether to make the root, and its parents, if it does not exist. Default `false`. */
  readonly createRoot?: boolean | undefined;
  /**
   * `fsync`, the default: what is acknowledged survives a crash of the machine. `relaxed`: nothing is synced, which is many
   * times faster on disks; readers still see old or new and never half, and a crash of this process loses nothing. But a
   * crash of the machine may lose what was written shortly before (on Linux, half a minute), and leave files of that time
   * empty or cut off.
   */
  readonly durability?: Durability | undefined;
  /** What a delete does with a file: `remove`, the default, or `trash`, from where it can be restored. */
  readonly deleted?: 'remove' | 'trash' | undefined;
  /**
   * Directory of the trash, on the file system of the root and not in it; made if missing. All providers of a root should have the
   * same. Default `.storage/trash` in the root.
   */
  readonly trash?: string | undefined;
  /**
   * For `createDownloadUrl` and `createUploadTicket`: URLs below `baseUrl`, which a handler of the application serves, after the
   * provider's `urlSigner` has verified them. Default: none.
   */
  readonly urls?: UrlSignerOptions | undefined;
}

const VALUES = {
  durability: ['fsync', 'relaxed'],
  deleted: ['remove', 'trash'],
} as const;

/** @throws StorageError `InvalidArgument`. */
export function checkLocalStorageOptions(options: LocalStorageOptions): void {
  const { root, name, createRoot, durability, deleted, trash, urls: _, ...others } = options;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    throw invalid(
      `unknown option "${unknown}"; there are root, name, createRoot, durability, deleted, trash, urls`,
    );
  }
  if (typeof root !== 'string' || root === '' || root.includes('\0')) {
    throw invalid('root is the path of a directory');
  }
  if (name !== undefined && typeof name !== 'string') throw invalid('name is text');
  if (trash !== undefined && (typeof trash !== 'string' || trash === '' || trash.includes('\0'))) {
    throw invalid('trash is the path of a directory');
  }
  if (createRoot !== undefined && typeof createRoot !== 'boolean') {
    throw invalid('createRoot is true or false');
  }
  checkValue('durability', durability);
  checkValue('deleted', deleted);
}

function checkValue(name: keyof typeof VALUES, value: string | undefined): void {
  const allowed: readonly string[] = VALUES[name];
  if (value === undefined || allowed.includes(value)) return;
  throw invalid(`${name} is ${allowed.map((one) => `"${one}"`).join(' or ')}`);
}

const invalid = (message: string) => new StorageError('InvalidArgument', message);
