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
import { createFile, type WrittenFile } from './written-file.js';

/** Of a key, as metadata and staging files are named: keys are longer than file names may be. */
export function hashOf(key: string): string {
  return hash('sha256', key);
}

/** 4,096 directories: a million files leave 250 in each, few enough to look through at every write. */
const shardPath = (root: Root, hash: string) => `${metaPath(root)}/${hash.slice(0, 3)}`;

const fileName = (hash: string, identity: string) => `${hash}.${identity}.json`;

export async function writeGeneration(
  root: Root,
  generation: Generation,
  stats: BigIntStats,
): Promise<void> {
  const target = generationPath(root, generation.key, stats);
  await staged(root, generation, target, async (path, handle) => {
    try {
      await root.disk.rename(path, target, undefined);
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error;
      await makeShard(root, dirname(target));
      await root.disk.rename(path, target, undefined);
    }
    await root.syncs.file(handle);
    return true;
  });
}

/**
 * Puts other metadata in the place of those of a file that has its key already.
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
  return staged(root, generation, target, async (path, handle) => {
    await makeShard(root, dirname(target));
    await root.syncs.file(handle);
    return root.locks.hold(root, key, signal, false, async () => {
      throwIfAborted(signal);
      if ((await identityAt(root, key)) !== identityOf(stats)) return false;
      await root.disk.rename(path, target, undefined);
      return true;
    });
  });
}

function generationPath(root: Root, key: Key, stats: BigIntStats): string {
  const hash = hashOf(key);
  return `${shardPath(root, hash)}/${fileName(hash, identityOf(stats))}`;
}

/**
 * Writes metadata to staging, and has them renamed to where they belong: who looks through that directory never meets half
 * a file.
 * @param put whether it has renamed the file.
 */
async function staged(
  root: Root,
  generation: Generation,
  target: string,
  put: (path: string, handle: WrittenFile) => Promise<boolean>,
): Promise<boolean> {
  const path = `${stagingPath(root)}/${generation.staging}.json`;
  const handle = await createFile(path, root.disk.promptness);
  let renamed = false;
  try {
    await handle.writeFile(`${JSON.stringify(generation)}\n`);
    renamed = await put(path, handle);
  } finally {
    await handle.close();
    if (!renamed) await rm(path, { force: true });
  }
  if (renamed) await syncDirectory(dirname(target), root.syncs, root.disk.promptness);
  return renamed;
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
async function readIfPresent(root: Root, path: string): Promise<string | undefined> {
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

/**
 * Removes the metadata of generations that are gone: neither the file itself, nor on their way to become it. Which
 * generation an upload has replaced can't be known when several race, so all are looked at.
 * @param placed bodies of the key that are known not to be on their way any more.
 */
export async function sweepGenerations(
  root: Root,
  key: Key,
  placed: readonly BigIntStats[] = [],
): Promise<void> {
  const hash = hashOf(key);
  const shard = shardPath(root, hash);
  const known = placed.map((stats) => fileName(hash, identityOf(stats)));
  const settled: string[] = [];
  for (const name of await namesIn(root, shard)) {
    if (!name.startsWith(hash)) continue;
    if (known.includes(name) || !(await isOnItsWay(root, `${shard}/${name}`))) settled.push(name);
  }
  if (settled.length === 0) return;
  // Only now: a body that has left staging by then is at its place, or was there and is replaced.
  const current = await identityAt(root, key);
  for (const name of settled) {
    if (current === undefined || name !== fileName(hash, current)) {
      await root.disk.unlink(`${shard}/${name}`).catch(ignoreMissing); // another sweep's
    }
  }
}

async function namesIn(root: Root, directory: string): Promise<readonly string[]> {
  return (await root.disk.names(directory).catch(ignoreMissing)) ?? [];
}

async function isOnItsWay(root: Root, path: string): Promise<boolean> {
  const text = await readIfPresent(root, path);
  const staging = text === undefined ? undefined : parseGeneration(text)?.staging;
  if (staging === undefined) return false;
  return (await root.disk.find(`${stagingPath(root)}/${staging}`)) !== undefined;
}

/** Removes what an interrupted upload has left of its metadata. */
export async function sweepInterrupted(
  root: Root,
  hash: string,
  stats: BigIntStats,
): Promise<void> {
  const text = await readIfPresent(
    root,
    join(shardPath(root, hash), fileName(hash, identityOf(stats))),
  );
  const generation = text === undefined ? undefined : parseGeneration(text);
  if (generation !== undefined) await sweepGenerations(root, generation.key);
}

async function identityAt(root: Root, key: Key): Promise<string | undefined> {
  const found = await root.disk.find(join(root.path, key)).catch(ignoreMissing);
  return found === undefined ? undefined : identityOf(found);
}

function ignoreMissing(error: unknown): undefined {
  if (!isMissing(error)) throw error;
}
