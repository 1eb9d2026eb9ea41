import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { notOurs, reservedFolder, reservedPath } from './reserved-folder.js';

/**
 * What tells the disk of a directory from all others: a random id in its reserved part, written there once.
 * @returns `undefined` where nothing can be written.
 * @throws StorageError `InvalidArgument` if something else is there.
 */
export function diskId(directory: string): string | undefined {
  const reserved = reservedPath(directory);
  const file = join(reserved, 'disk-id');
  const known = read(file);
  if (known !== undefined) return known;
  const draft = join(reserved, `disk-id.${randomUUID()}`);
  try {
    reservedFolder(directory);
    writeFileSync(draft, `${randomUUID()}\n`, { flag: 'wx', flush: true });
    linkSync(draft, file); // whole, or not at all; the first of two wins
  } catch (error) {
    if (['EROFS', 'EACCES', 'EPERM'].includes(codeOf(error))) return undefined;
    if (codeOf(error) !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  return read(file);
}

function read(file: string): string | undefined {
  try {
    const id = readFileSync(file, 'utf8').trim();
    if (/^[0-9a-f-]{36}$/.test(id)) return id;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  throw notOurs(file);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
