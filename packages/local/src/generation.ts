import { hash } from 'node:crypto';
import { type BigIntStats, constants } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  contentTypeOf,
  type FileMetadata,
  type Key,
  StorageError,
  throwIfAborted,
} from '@org/storage-core';
import { Descriptor } from './descriptor.js';
import { syncDirectory } from './directory.js';
import { errnoOf, isMissing } from './file-error.js';
import { etagOf, identityOf, modifiedAt } from './identity.js';
import { metaPath, stagingPath } from './reserved.js';
import type { Root } from './root.js';
import { type Generation, parseGeneration } from './stored-generation.js';
import { createFile, replaceFile, type WrittenFile } from './written-file.js';

/** Of a key, as metadata and staging files are named: keys are longer than file names may be. */
export function hashOf(key: string): string {
  return hash('sha256', key);
}

/** 4,096 directories: a million files leave 250 in each, few enough to look through at every write. */
export const shardPath = (root: Root, hash: string) => `${metaPath(root)}/${hash.slice(0, 3)}`;

export const generationName = (hash: string, stats: BigIntStats) =>
  `${hash}.${identityOf(stats)}.json`;

/**
 * Writes the metadata of a body that has no key yet, and makes both durable. What has to be on the disk before the body gets its key
 * is synced at once: a file system with a journal puts it into one commit.
 *
 * The metadata are written where they belong. Half of them are seen by nobody who looks for them, since no key has their body yet.
 */
export async function writeGeneration(
  root: Root,
  generation: Generation,
  stats: BigIntStats,
  body: WrittenFile,
): Promise<void> {
  const path = generationPath(root, generation.key, stats);
  const shard = dirname(path);
  const create = () => replaceFile(path, root.disk.promptness);
  const file = await create().catch(async (error: unknown) => {
    if (errnoOf(error) !== 'ENOENT') throw error;
    await makeShard(root, shard);
    return create();
  });
  try {
    await file.writeFile(textOf(generation));
    await allDone([
      root.syncs.file(body),
      root.syncs.file(file),
      syncDirectory(shard, root.syncs, root.disk.promptness),
    ]);
  } catch (error) {
    await file.close();
    await rm(path, { force: true });
    throw error;
  }
  await file.close();
}

/** Waits for all, also where one fails: they use what is closed afterwards. */
async function allDone(calls: readonly Promise<void>[]): Promise<void> {
  const failure = (await Promise.allSettled(calls)).find(({ status }) => status === 'rejected');
  if (failure?.status === 'rejected') throw failure.reason;
}

/**
 * Puts other metadata in the place of those of a file that has its key already: by a rename, since somebody may be looking for them.
 * @returns `false` if the file is not the one that `stats` describe any more; nothing was done.
 */
export async function replaceGeneration(
  root: Root,
  generation: Generation,
  stats: BigIntStats,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const { key } = generation;
  const target = generationPath(root, key, stats);
  const shard = dirname(target);
  const path = `${stagingPath(root)}/${generation.staging}.json`;
  const file = await createFile(path, root.disk.promptness);
  let renamed = false;
  try {
    await file.writeFile(textOf(generation));
    await makeShard(root, shard);
    await root.syncs.file(file);
    renamed = await root.locks.hold(root, key, signal, false, async () => {
      throwIfAborted(signal);
      if ((await identityAt(root, key)) !== identityOf(stats)) return false;
      await root.disk.rename(path, target, undefined);
      return true;
    });
  } finally {
    await file.close();
    if (!renamed) await rm(path, { force: true });
  }
  if (renamed) await syncDirectory(shard, root.syncs, root.disk.promptness);
  return renamed;
}

const textOf = (generation: Generation) => `${JSON.stringify(generation)}\n`;

function generationPath(root: Root, key: Key, stats: BigIntStats): string {
  const hash = hashOf(key);
  return `${shardPath(root, hash)}/${generationName(hash, stats)}`;
}

async function makeShard(root: Root, shard: string): Promise<void> {
  try {
    await root.disk.makeDirectory(shard);
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return;
    throw error;
  }
  await syncDirectory(metaPath(root), root.syncs, root.disk.promptness);
}

/** The metadata of exactly the body that `stats` describe; `undefined` if there are none. */
export async function readGeneration(
  root: Root,
  key: Key,
  stats: BigIntStats,
): Promise<Generation | undefined> {
  const path = generationPath(root, key, stats);
  const found = await readIfPresent(root, path);
  if (found === undefined) return undefined;
  const generation = parseGeneration(found);
  if (generation === undefined) {
    throw new StorageError(
      'Unknown',
      `the metadata of ${key} are damaged: upload the file again, or remove ${path.slice(root.path.length + 1)} to go without them`,
      { key },
    );
  }
  // An inode number that was used again within the same tick of the clock, for another file.
  const same = generation.key === key && BigInt(generation.size) === stats.size;
  return same ? generation : undefined;
}

/** Without O_NONBLOCK, something that is no file could hold up who opens it. */
const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Bytes of all metadata but very long ones. */
const FIRST_READ = 4096;

/** With fewer system calls than `readFile`, which asks for the size first and for more at the end: a line is read. */
export async function readIfPresent(root: Root, path: string): Promise<string | undefined> {
  let file: Descriptor;
  try {
    file = await Descriptor.open(path, READ, root.disk.promptness);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  try {
    let read = Buffer.alloc(0);
    for (let size = FIRST_READ; read.at(-1) !== NEWLINE; size *= 2) {
      const more = Buffer.allocUnsafe(size);
      const bytes = await file.read(more, read.byteLength);
      if (bytes === 0) break; // the line has no end: it is not whole
      read = Buffer.concat([read, more.subarray(0, bytes)]);
    }
    return read.toString('utf8');
  } finally {
    await file.close(true);
  }
}

const NEWLINE = 10;

/** Of the file that has a key now; `undefined` if there is none. */
export async function identityAt(root: Root, key: Key): Promise<string | undefined> {
  const found = await root.disk.find(join(root.path, key)).catch((error: unknown) => {
    if (!isMissing(error)) throw error;
  });
  return found === undefined ? undefined : identityOf(found);
}

/** What a caller is told of a file; without a generation, that something else has put it there. */
export function describe(
  key: Key,
  stats: BigIntStats,
  generation: Generation | undefined,
): FileMetadata {
  const found = {
    key,
    size: Number(stats.size),
    etag: etagOf(stats),
    lastModified: modifiedAt(stats),
  };
  if (generation === undefined) {
    return { ...found, contentType: contentTypeOf(key), checksums: {}, metadata: {} };
  }
  const { contentType, checksums, metadata, cacheControl, contentDisposition } = generation;
  return {
    ...found,
    contentType,
    checksums,
    metadata,
    ...(cacheControl === undefined ? undefined : { cacheControl }),
    ...(contentDisposition === undefined ? undefined : { contentDisposition }),
  };
}
