import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { reservedFolder, reservedPath } from './reserved-folder.js';

/**
 * A note in a new directory, made before any process of the application looks into it: it had no files. What lies in it when the
 * copying begins is then the application's. It holds for one migration: whoever begins that takes it away.
 */
const NOTE = 'found-empty';

/** @throws StorageError `InvalidArgument` if something else is there; as the file system fails. */
export function noteFoundEmpty(directory: string): void {
  writeFileSync(join(reservedFolder(directory), NOTE), '', { flush: true });
}

export function wasFoundEmpty(directory: string): boolean {
  return existsSync(join(reservedPath(directory), NOTE));
}

export function forgetFoundEmpty(directory: string): void {
  rmSync(join(reservedPath(directory), NOTE), { force: true });
}
