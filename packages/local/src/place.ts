import type { BigIntStats } from 'node:fs';
import { link, lstat, rename, rm } from 'node:fs/promises';
import { type AbsentCondition, type Key, StorageError, throwIfAborted } from '@org/storage-core';
import { type Directory, makeDirectories, openDirectory, removeCreated } from './directory.js';
import { blockedError, errnoOf, isMissing, linkError } from './file-error.js';
import { refuseLinks } from './links.js';
import { splitKey } from './paths.js';
import type { Root } from './root.js';
import type { StagingFile } from './staging.js';

/** How often a directory that others remove, having just emptied it, is made again. */
const PLACE_ATTEMPTS = 100;

/** What link(2) answers on file systems without hard links, such as FAT. */
const NO_LINKS: ReadonlySet<string | undefined> = new Set([
  'EPERM',
  'ENOSYS',
  'ENOTSUP',
  'EOPNOTSUPP',
]);

/** What has a key's name now. Nothing is changed; an upload asks this before it reads its body. */
export async function lookAt(root: Root, key: Key): Promise<BigIntStats | undefined> {
  const { parents, name } = splitKey(key);
  await refuseLinks(root, parents);
  try {
    return fileOrRefuse(
      key,
      await lstat([root.path, ...parents, name].join('/'), { bigint: true }),
    );
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function fileOrRefuse(key: Key, stats: BigIntStats): BigIntStats {
  if (stats.isSymbolicLink()) throw linkError(key);
  if (!stats.isFile()) throw blockedError(key);
  return stats;
}

/** For the condition `absent`. */
export function existsError(key: Key): StorageError {
  return new StorageError('AlreadyExists', `${key} exists already`, { key });
}

/**
 * Gives a complete and synced staging file its key, durably: the one place where a file becomes visible. A failure leaves no
 * directories behind that were made for it.
 * @throws StorageError `AlreadyExists` if the condition does not hold.
 */
export async function place(
  root: Root,
  key: Key,
  staging: StagingFile,
  condition: AbsentCondition | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { parents, name } = splitKey(key);
  const created: (readonly string[])[] = [];
  try {
    for (let attempt = 1; ; attempt++) {
      try {
        const directory = await openOrMake(root, parents, created);
        try {
          await publish(key, staging, directory, name, condition, signal);
          await directory.sync();
        } finally {
          await directory.close();
        }
        return;
      } catch (error) {
        if (errnoOf(error) !== 'ENOENT' || attempt === PLACE_ATTEMPTS) throw error;
        await lstat(staging.path).catch((gone: unknown) => {
          throw lostError(key, gone);
        });
      }
    }
  } catch (error) {
    await removeCreated(root, created);
    throw error;
  }
}

async function openOrMake(
  root: Root,
  parents: readonly string[],
  created: (readonly string[])[],
): Promise<Directory> {
  try {
    return await openDirectory(root, parents);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
  await makeDirectories(root, parents, created);
  return openDirectory(root, parents);
}

async function publish(
  key: Key,
  staging: StagingFile,
  directory: Directory,
  name: string,
  condition: AbsentCondition | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  const target = directory.at(name);
  const found = await lstat(target, { bigint: true }).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  if (found !== undefined) {
    fileOrRefuse(key, found);
    if (condition !== undefined) throw existsError(key);
    await keepMode(staging, found);
  }
  throwIfAborted(signal);
  if (condition === undefined) await rename(staging.path, target);
  else await linkOnce(key, staging, target);
}

/** An overwritten file keeps its permissions, as if it had been written in place: others may depend on them. */
async function keepMode(staging: StagingFile, replaced: BigIntStats): Promise<void> {
  const mode = Number(replaced.mode) & 0o777;
  if (((await staging.handle.stat()).mode & 0o777) !== mode) await staging.handle.chmod(mode);
}

async function linkOnce(key: Key, staging: StagingFile, target: string): Promise<void> {
  try {
    await link(staging.path, target);
  } catch (error) {
    const errno = errnoOf(error);
    if (NO_LINKS.has(errno)) {
      throw new StorageError(
        'Unsupported',
        'this file system has no hard links, which a create-only write needs',
        { cause: error },
      );
    }
    if (errno !== 'EEXIST') throw error;
    // NFS may repeat a request whose answer was lost, and report its own success as EEXIST; open(2), under O_EXCL.
    if ((await staging.handle.stat()).nlink < 2) throw existsError(key);
  }
  // What is left behind by a failure here has a second name, and is reclaimed.
  await rm(staging.path, { force: true }).catch(() => {});
}

function lostError(key: Key, cause: unknown): StorageError {
  return new StorageError(
    'Conflict',
    `the temporary file of ${key} was removed while it was written: is something cleaning up in the root?`,
    { cause },
  );
}
