import type { BigIntStats } from 'node:fs';
import type { Key, MatchCondition } from '@org/storage-core';
import { type Directory, openDirectory, removeEmpty } from './directory.js';
import { errnoOf, isMissing, linkError } from './file-error.js';
import { splitKey } from './paths.js';
import { checkCondition } from './place.js';
import { checkRootPresent, type Root } from './root.js';
import { isSpelt } from './spelling.js';
import { sweepGenerations } from './sweep.js';

interface RemoveOptions {
  readonly condition?: MatchCondition | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Whether to fail where there are no locks. Default: if there is a condition. */
  readonly needed?: boolean;
  /** Takes the file away while the key is locked. Default: removes it. */
  readonly take?: (path: string, found: BigIntStats) => Promise<void>;
}

/**
 * Takes a file away from its key, durably; then its metadata and the directories that it leaves empty. A directory is no
 * file.
 * @returns whether there was a file.
 * @throws StorageError `PreconditionFailed` if the condition does not hold.
 */
export async function removeFile(root: Root, key: Key, options: RemoveOptions): Promise<boolean> {
  const { parents, name } = splitKey(key);
  let directory: Directory;
  try {
    directory = await openDirectory(root, parents);
  } catch (error) {
    if (!isMissing(error)) throw error;
    await checkRootPresent(root);
    checkCondition(key, undefined, options.condition);
    return false;
  }
  let removed: boolean;
  try {
    removed = await takeFile(root, key, directory.at(name), options);
    if (removed) {
      await directory.sync();
      await removeEmpty(directory, parents);
    } else {
      await checkRootPresent(root);
    }
  } finally {
    await directory.close();
  }
  await sweepGenerations(root, key); // also if there was no file: a crash may have come in between
  return removed;
}

async function takeFile(
  root: Root,
  key: Key,
  path: string,
  options: RemoveOptions,
): Promise<boolean> {
  const { condition, signal, needed = condition !== undefined } = options;
  const { take = (file: string, found: BigIntStats) => root.disk.unlink(file, found) } = options;
  const takeNow = async () => {
    const found = await fileAt(root, key, path);
    checkCondition(key, found, condition);
    if (found === undefined) return false;
    await take(path, found);
    return true;
  };
  try {
    // Looked at first without the lock: where nothing is to be done, nothing is made for it in a root that is only read.
    if ((await fileAt(root, key, path)) === undefined) {
      checkCondition(key, undefined, condition);
      return false;
    }
    return await root.locks.hold(root, key, signal, needed, takeNow);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}

async function fileAt(root: Root, key: Key, path: string) {
  try {
    const stats = await root.disk.find(path);
    if (stats === undefined) return undefined;
    if (stats.isSymbolicLink()) throw linkError(key);
    return stats.isFile() && (await isSpelt(root, key)) ? stats : undefined;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
