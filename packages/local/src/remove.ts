import { lstat, unlink } from 'node:fs/promises';
import type { Key } from '@org/storage-core';
import { type Directory, openDirectory, removeEmpty } from './directory.js';
import { errnoOf, isMissing, linkError } from './file-error.js';
import { sweepGenerations } from './generation.js';
import { splitKey } from './paths.js';
import { checkRootPresent, type Root } from './root.js';

/** Removes a file durably, then its metadata and the directories that it leaves empty. A directory is no file. */
export async function removeFile(root: Root, key: Key): Promise<void> {
  const { parents, name } = splitKey(key);
  let directory: Directory;
  try {
    directory = await openDirectory(root, parents);
  } catch (error) {
    if (!isMissing(error)) throw error;
    await checkRootPresent(root);
    return;
  }
  try {
    if (await unlinkFile(directory.at(name), key)) {
      await directory.sync();
      await removeEmpty(directory, parents);
    } else {
      await checkRootPresent(root);
    }
  } finally {
    await directory.close();
  }
  await sweepGenerations(root, key); // also if there was no file: a crash may have come in between
}

async function unlinkFile(path: string, key: Key): Promise<boolean> {
  try {
    const stats = await lstat(path);
    if (stats.isSymbolicLink()) throw linkError(key);
    if (!stats.isFile()) return false;
    await unlink(path);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}
