import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { StorageError } from '@org/storage-core';
import type { Endpoints } from '@org/storage-migration';

/**
 * Where the journal of a migration lies unless told otherwise: one file for each pair of source and target, in the user's
 * directory for state (https://specifications.freedesktop.org/basedir-spec/latest/).
 */
export function defaultJournal({ source, target }: Endpoints): string {
  const state = process.env['XDG_STATE_HOME'] || join(homedir(), '.local', 'state');
  const name = createHash('sha256').update(`${source}\0${target}`).digest('hex').slice(0, 16);
  return join(state, 'storage', `${name}.sqlite`);
}

/** Whether a journal is in a database, and not in a file. */
export function isAddress(place: string): boolean {
  return /^postgres(ql)?:\/\//.test(place);
}

/** The place of the journal of a disk, where only one host sees that. A file is the journal of one disk anyway. */
export function ofDisk(place: string, disk: string | undefined): string {
  if (disk === undefined || !isAddress(place) || !URL.canParse(place)) return place;
  const url = new URL(place);
  url.searchParams.set('disk', disk);
  return url.href;
}

/**
 * A journal that the user named: a path, or the address of a database.
 * @throws StorageError `InvalidArgument` if it lies in the directory that is migrated.
 */
export function checkedJournal(file: string, directory: string): string {
  if (isAddress(file)) return file;
  const path = resolve(file);
  if (isWithin(path, directory)) {
    throw new StorageError(
      'InvalidArgument',
      `the journal ${path} lies in the directory that is migrated; put it somewhere else`,
    );
  }
  return path;
}

/** Whether a file, which need not exist, would lie in a directory, by whatever links its path goes. */
export function isWithin(path: string, directory: string): boolean {
  const inside = relative(directory, join(realParent(path), basename(path)));
  return inside !== '..' && !inside.startsWith(`..${sep}`) && !isAbsolute(inside);
}

/** The directory of `path` with its links resolved, as far as it exists. */
function realParent(path: string): string {
  const parent = dirname(path);
  try {
    return realpathSync(parent);
  } catch {
    return parent === dirname(parent) ? parent : join(realParent(parent), basename(parent));
  }
}
