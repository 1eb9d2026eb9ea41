import { createHash } from 'node:crypto';
import { type BigIntStats, constants } from 'node:fs';
import { lstat, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Checksums,
  contentTypeOf,
  type FileMetadata,
  type Key,
  parseKey,
  StorageError,
} from '@org/storage-core';
import { Descriptor } from './descriptor.js';
import { syncDirectory } from './directory.js';
import { errnoOf, isMissing } from './file-error.js';
import { etagOf, identityOf, modifiedAt } from './identity.js';
import { metaPath, stagingPath } from './reserved.js';
import type { Root } from './root.js';

/**
 * What is stored about one generation of a file, beside its body. It is kept in a file of its own, named after the key and
 * the identity of the body. It is complete before the body gets its name and goes after the body has lost it, so
 * that whoever has opened a body finds its metadata, or sees that the body was replaced.
 */
export interface Generation {
  readonly key: Key;
  /** Bytes. */
  readonly size: number;
  readonly contentType: string;
  readonly cacheControl?: string;
  readonly contentDisposition?: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly checksums: Checksums;
  /** Name of the staging file that the body was: while that exists, the generation may still be published. */
  readonly staging: string;
}

/** Of a key, as metadata and staging files are named: keys are longer than file names may be. */
export function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

/** 4,096 directories: a million files leave 250 in each, few enough to look through at every write. */
const shardPath = (root: Root, hash: string) => join(metaPath(root), hash.slice(0, 3));

const fileName = (hash: string, identity: string) => `${hash}.${identity}.json`;

export async function writeGeneration(
  root: Root,
  generation: Generation,
  stats: BigIntStats,
): Promise<void> {
  const hash = hashOf(generation.key);
  const shard = shardPath(root, hash);
  const staged = join(stagingPath(root), `${generation.staging}.json`);
  const handle = await open(staged, 'wx');
  try {
    await handle.writeFile(`${JSON.stringify(generation)}\n`);
    await makeShard(root, shard);
    // Renamed, so that who looks through the directory never meets half a file.
    await rename(staged, join(shard, fileName(hash, identityOf(stats))));
    await handle.sync();
  } catch (error) {
    await rm(staged, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
  await syncDirectory(shard, root.syncs);
}

async function makeShard(root: Root, shard: string): Promise<void> {
  try {
    await mkdir(shard);
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return;
    throw error;
  }
  await syncDirectory(metaPath(root), root.syncs);
}

/** The metadata of exactly the body that `stats` describe; `undefined` if there are none. */
export async function readGeneration(
  root: Root,
  key: Key,
  stats: BigIntStats,
): Promise<Generation | undefined> {
  const hash = hashOf(key);
  const path = join(shardPath(root, hash), fileName(hash, identityOf(stats)));
  const found = await readIfPresent(path);
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

/** Bytes of all metadata but very long ones. */
const FIRST_READ = 4096;

/** With fewer system calls than `readFile`, which asks for the size first and for more at the end: a line is read. */
async function readIfPresent(path: string): Promise<string | undefined> {
  let file: Descriptor;
  try {
    file = await Descriptor.open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
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
    await file.close();
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
  const { staging: _, ...stored } = generation;
  return { ...stored, ...found };
}

/**
 * Removes the metadata of generations that are gone: neither the file itself, nor on their way to become it. Which
 * generation an upload has replaced can't be known when several race, so all are looked at.
 */
export async function sweepGenerations(root: Root, key: Key): Promise<void> {
  const hash = hashOf(key);
  const shard = shardPath(root, hash);
  const names = (await namesIn(shard)).filter((name) => name.startsWith(hash));
  const settled: string[] = [];
  for (const name of names) {
    const text = await readIfPresent(join(shard, name));
    const staging = text === undefined ? undefined : parseGeneration(text)?.staging;
    if (staging === undefined || !(await exists(join(stagingPath(root), staging)))) {
      settled.push(name);
    }
  }
  if (settled.length === 0) return;
  // Only now: a body that has left staging by then is at its place, or was there and is replaced.
  const current = await identityAt(join(root.path, key));
  for (const name of settled) {
    if (current === undefined || name !== fileName(hash, current)) {
      await rm(join(shard, name), { force: true });
    }
  }
}

/** Removes what an interrupted upload has left of its metadata. */
export async function sweepInterrupted(
  root: Root,
  hash: string,
  stats: BigIntStats,
): Promise<void> {
  const text = await readIfPresent(join(shardPath(root, hash), fileName(hash, identityOf(stats))));
  const generation = text === undefined ? undefined : parseGeneration(text);
  if (generation !== undefined) await sweepGenerations(root, generation.key);
}

async function namesIn(path: string): Promise<string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  return (await identityAt(path)) !== undefined;
}

async function identityAt(path: string): Promise<string | undefined> {
  try {
    return identityOf(await lstat(path, { bigint: true }));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Checks what was read from the disk; `undefined` if it is not what {@link writeGeneration} writes. */
function parseGeneration(text: string): Generation | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (!isRecord(value)) return undefined;
    const {
      key,
      size,
      contentType,
      cacheControl,
      contentDisposition,
      metadata,
      checksums,
      staging,
    } = value;
    if (typeof key !== 'string' || typeof size !== 'number' || typeof contentType !== 'string')
      return undefined;
    if (!isTexts(metadata) || !isTexts(checksums) || typeof staging !== 'string') return undefined;
    return {
      key: parseKey(key),
      size,
      contentType,
      metadata,
      checksums,
      staging,
      ...(typeof cacheControl === 'string' ? { cacheControl } : {}),
      ...(typeof contentDisposition === 'string' ? { contentDisposition } : {}),
    };
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTexts(value: unknown): value is Record<string, string> {
  return isRecord(value) && Object.values(value).every((text) => typeof text === 'string');
}
