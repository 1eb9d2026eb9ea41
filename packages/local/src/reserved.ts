import { lstat, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncDirectory } from './directory.js';
import { errnoOf, linkError } from './file-error.js';
import { RESERVED } from './paths.js';
import type { Root } from './root.js';

/** Where uploads are written before they get their name: in the root, since a rename can't leave its file system. */
export const stagingPath = (root: Root): string => join(root.path, RESERVED, 'staging');

/** Where the metadata of files are kept. */
export const metaPath = (root: Root): string => join(root.path, RESERVED, 'meta');

/** Makes the reserved directories. Done before the first write only, so that a root can be read without being changed. */
export async function makeReserved(root: Root): Promise<void> {
  for (const path of [join(root.path, RESERVED), stagingPath(root), metaPath(root)]) {
    try {
      await mkdir(path);
      await syncDirectory(dirname(path), root.syncs);
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error;
    }
    if ((await lstat(path)).isSymbolicLink()) throw linkError(path.slice(root.path.length + 1));
  }
}
