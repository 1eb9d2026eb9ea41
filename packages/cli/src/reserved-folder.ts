import { chownSync, lstatSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { StorageError } from '@org/storage-core';

/**
 * The reserved part of a directory, made if it is missing: the application makes it too, and has to be able to write there.
 * @throws StorageError `InvalidArgument` if something else is there; as the file system fails.
 */
export function reservedFolder(directory: string): string {
  const reserved = reservedPath(directory);
  if (mkdirSync(reserved, { recursive: true }) !== undefined) giveToOwner(reserved, directory);
  if (lstatSync(reserved).isSymbolicLink()) throw notOurs(reserved);
  return reserved;
}

export function reservedPath(directory: string): string {
  return join(directory, '.storage');
}

export function notOurs(path: string): StorageError {
  return new StorageError('InvalidArgument', `${path} was not made by this command: remove it`);
}

function giveToOwner(path: string, directory: string): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = statSync(directory);
  chownSync(path, uid, gid);
}
