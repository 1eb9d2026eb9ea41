import { lstat, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncDirectory } from './directory.js';
import { errnoOf, linkError } from './file-error.js';
import { RESERVED } from './paths.js';
import type { Root } from './root.js';

/** Where uploads are written before they get their name: in the root, since a rename can't leave its file system. */
export const stagingPath = (root: Root): string => `${root.path}/${RESERVED}/staging`;

/** Where the metadata of files are kept. */
export const metaPath = (root: Root): string => `${root.path}/${RESERVED}/meta`;

/** Where files are locked; see `KeyLocks`. */
export const locksPath = (root: Root): string => `${root.path}/${RESERVED}/locks`;

/** Where deleted files are kept. */
export const trashPath = (root: Root): string => root.trash;

/** Makes the reserved directories. Done before the first write only, so that a root can be read without being changed. */
export async function makeReserved(root: Root): Promise<void> {
  const below = [stagingPath(root), metaPath(root), locksPath(root)];
  for (const path of [join(root.path, RESERVED), ...below]) await makeOwnDirectory(root, path);
}

/**
 * @throws StorageError `AccessDenied` if it is a link.
 */
export async function makeOwnDirectory(root: Root, path: string): Promise<void> {
  try {
    await mkdir(path);
    await syncDirectory(dirname(path), root.syncs);
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
  }
  if ((await lstat(path)).isSymbolicLink()) throw linkError(path.slice(root.path.length + 1));
}
