import { type BigIntStats, constants } from 'node:fs';
import { join } from 'node:path';
import { type FileMetadata, type Key, StorageError } from '@org/storage-core';
import { Descriptor } from './descriptor.js';
import { errnoOf, isMissing } from './file-error.js';
import { describe, readGeneration } from './generation.js';
import { identityOf } from './identity.js';
import { pathOfDescriptor, refuseLinks, standsAt } from './links.js';
import { checkRootPresent, type Root } from './root.js';
import { isSpelt } from './spelling.js';

/** Without O_NONBLOCK, opening a FIFO would wait for a writer; files don't know it. */
const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** How often a file that is replaced between two looks is tried again. */
const OPEN_ATTEMPTS = 50;

/** A body and its metadata, of one generation. Who opens it closes the descriptor. */
export interface OpenFile {
  readonly descriptor: Descriptor;
  readonly stats: BigIntStats;
  readonly metadata: FileMetadata;
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * @throws StorageError `NotFound`; `AccessDenied` if there is a link on the way; `Unavailable` if the root is gone.
 */
export async function openFile(root: Root, key: Key): Promise<OpenFile> {
  const path = join(root.path, key);
  for (let attempt = 1; attempt <= OPEN_ATTEMPTS; attempt++) {
    const descriptor = await openOrExplain(root, key, path);
    try {
      const file = await generationOf(root, key, path, descriptor);
      if (file !== undefined) return file;
    } catch (error) {
      await descriptor.close();
      throw error;
    }
    await descriptor.close();
  }
  throw new StorageError('Conflict', `${key} is being replaced all the time`, { key });
}

async function openOrExplain(root: Root, key: Key, path: string): Promise<Descriptor> {
  try {
    return await Descriptor.open(path, READ, root.disk.promptness);
  } catch (error) {
    const errno = errnoOf(error);
    if (isMissing(error) || errno === 'ELOOP' || errno === 'ENXIO') {
      await refuseLinks(root, key.split('/'));
      await checkRootPresent(root);
    }
    throw isMissing(error) || errno === 'ENXIO' ? notFound(key, error) : error; // ENXIO: a socket
  }
}

/** `undefined` if the file was replaced meanwhile. */
async function generationOf(
  root: Root,
  key: Key,
  path: string,
  descriptor: Descriptor,
): Promise<OpenFile | undefined> {
  const stats = await descriptor.stat();
  // A file that has just been replaced was a good one to open.
  const known = pathOfDescriptor(descriptor.fd);
  const replaced = known === `${path} (deleted)`;
  try {
    if (!replaced && !(await isSpelt(root, key))) throw notFound(key);
    if (!replaced && known !== path && !(await standsAt(descriptor, root, key.split('/'), known)))
      return undefined;
    if (!stats.isFile()) throw notFound(key);
    const generation = await readGeneration(root, key, stats);
    // Something else has put it there, unless it was replaced and its metadata went: then it must not pass for such.
    if (generation === undefined && !(await isStill(root, path, stats))) return undefined;
    const metadata = describe(key, stats, generation);
    return { descriptor, stats, metadata, tags: generation?.tags ?? {} };
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function isStill(root: Root, path: string, stats: BigIntStats): Promise<boolean> {
  const found = await root.disk.find(path);
  return found !== undefined && identityOf(found) === identityOf(stats);
}

function notFound(key: Key, cause?: unknown): StorageError {
  return new StorageError('NotFound', `there is no file ${key}`, { key, cause });
}
