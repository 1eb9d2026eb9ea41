import type { BigIntStats } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { type Condition, type Key, StorageError, throwIfAborted } from '@org/storage-core';
import { type Directory, makeDirectories, openDirectory, removeCreated } from './directory.js';
import { blockedError, errnoOf, isMissing, linkError } from './file-error.js';
import { etagOf } from './identity.js';
import { refuseLinks } from './links.js';
import { splitKey } from './paths.js';
import type { Root } from './root.js';
import { refuseOtherSpelling } from './spelling.js';
import type { StagingFile } from './staging.js';

/** A staging file that is complete. */
interface CompleteFile extends StagingFile {
  readonly stats: BigIntStats;
}

/** How often a directory that others remove, having just emptied it, is made again. */
const PLACE_ATTEMPTS = 100;

/** What link(2) answers on file systems without hard links, such as FAT. */
export const NO_LINKS: ReadonlySet<string | undefined> = new Set([
  'EPERM',
  'ENOSYS',
  'ENOTSUP',
  'EOPNOTSUPP',
]);

/** What has a key's name now. Nothing is changed; an upload asks this before it reads its body. */
export async function lookAt(root: Root, key: Key): Promise<BigIntStats | undefined> {
  const { parents, name } = splitKey(key);
  await refuseLinks(root, parents);
  await refuseOtherSpelling(root, key);
  const found = await root.disk.find([root.path, ...parents, name].join('/'));
  return found === undefined ? undefined : fileOrRefuse(key, found);
}

function fileOrRefuse(key: Key, stats: BigIntStats): BigIntStats {
  if (stats.isSymbolicLink()) throw linkError(key);
  if (!stats.isFile()) throw blockedError(key);
  return stats;
}

/**
 * @param found what has the key's name.
 * @throws StorageError `AlreadyExists`, `PreconditionFailed`.
 */
export function checkCondition(
  key: Key,
  found: BigIntStats | undefined,
  condition: Condition | undefined,
): void {
  if (condition === undefined) return;
  if (condition.type === 'absent') {
    if (found !== undefined) throw existsError(key);
  } else if (found === undefined) {
    throw preconditionError(key, 'there is no such file');
  } else if (etagOf(found) !== condition.etag) {
    throw preconditionError(key, 'it has changed');
  }
}

function existsError(key: Key): StorageError {
  return new StorageError('AlreadyExists', `${key} exists already`, { key });
}

function preconditionError(key: Key, found: string): StorageError {
  return new StorageError('PreconditionFailed', `${key} is not the expected version: ${found}`, {
    key,
  });
}

/**
 * Gives a complete and synced staging file its key, durably: the one place where a file becomes visible. A failure leaves no
 * directories behind that were made for it.
 * @returns what it has replaced.
 * @throws StorageError `AlreadyExists` or `PreconditionFailed` if the condition does not hold.
 */
export async function place(
  root: Root,
  key: Key,
  staging: CompleteFile,
  condition: Condition | undefined,
  signal: AbortSignal | undefined,
): Promise<BigIntStats | undefined> {
  const { parents, name } = splitKey(key);
  const created: (readonly string[])[] = [];
  try {
    for (let attempt = 1; ; attempt++) {
      try {
        const directory = await openOrMake(root, parents, created);
        try {
          const target = directory.at(name);
          const replaced = await publish(root, key, staging, target, condition, signal);
          await directory.sync();
          return replaced;
        } finally {
          await directory.close();
        }
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
  root: Root,
  key: Key,
  staging: CompleteFile,
  target: string,
  condition: Condition | undefined,
  signal: AbortSignal | undefined,
): Promise<BigIntStats | undefined> {
  if (condition?.type === 'absent') {
    // No lock: link(2) itself looks and changes at once, and where a file is there is nothing to create.
    checkCondition(key, await lookAtTarget(root, key, target), condition);
    throwIfAborted(signal);
    await linkOnce(root, key, staging, target);
    return undefined;
  }
  const needed = condition !== undefined;
  return root.locks.hold(root, key, signal, needed, async () => {
    const found = await lookAtTarget(root, key, target);
    checkCondition(key, found, condition);
    if (found !== undefined) await keepMode(staging, found);
    throwIfAborted(signal);
    await root.disk.rename(staging.path, target, found);
    return found;
  });
}

async function lookAtTarget(
  root: Root,
  key: Key,
  target: string,
): Promise<BigIntStats | undefined> {
  const found = await root.disk.find(target).catch((error: unknown) => {
    if (!isMissing(error)) throw error;
  });
  await refuseOtherSpelling(root, key);
  return found === undefined ? undefined : fileOrRefuse(key, found);
}

/** An overwritten file keeps its permissions, as if it had been written in place: others may depend on them. */
async function keepMode(staging: CompleteFile, replaced: BigIntStats): Promise<void> {
  const mode = replaced.mode & 0o777n;
  const { mode: own } = await staging.handle.stat({ bigint: true }); // an attempt before may have changed it
  if ((own & 0o777n) !== mode) await staging.handle.chmod(Number(mode));
}

async function linkOnce(
  root: Root,
  key: Key,
  staging: CompleteFile,
  target: string,
): Promise<void> {
  try {
    await root.disk.link(staging.path, target);
  } catch (error) {
    const errno = errnoOf(error);
    if (NO_LINKS.has(errno)) throw noLinks(error);
    if (errno !== 'EEXIST') throw error;
    await refuseOtherSpelling(root, key);
    // NFS may repeat a request whose answer was lost, and report its own success as EEXIST; open(2), under O_EXCL.
    if (!(await isSameFile(staging, target))) throw existsError(key);
  }
  // What is left behind by a failure here has a second name, and is reclaimed.
  await root.disk.unlink(staging.path).catch(() => {});
}

/** Not by the number of links: what is restored from the trash has another one there. */
async function isSameFile(staging: CompleteFile, target: string): Promise<boolean> {
  const { ino, dev } = await lstat(target, { bigint: true });
  return ino === staging.stats.ino && dev === staging.stats.dev;
}

export function noLinks(cause: unknown): StorageError {
  return new StorageError(
    'Unsupported',
    'this file system has no hard links, which a create-only write needs',
    { cause },
  );
}

function lostError(key: Key, cause: unknown): StorageError {
  return new StorageError(
    'Conflict',
    `the temporary file of ${key} was removed while it was written: is something cleaning up in the root?`,
    { cause },
  );
}
