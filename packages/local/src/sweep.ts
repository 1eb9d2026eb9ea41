import type { BigIntStats } from 'node:fs';
import type { Key } from '@org/storage-core';
import { isMissing } from './file-error.js';
import { generationName, hashOf, identityAt, readIfPresent, shardPath } from './generation.js';
import { stagingPath } from './reserved.js';
import type { Root } from './root.js';
import { parseGeneration } from './stored-generation.js';

/** Milliseconds without a write, after which what nobody known is writing is given up: 24 hours. */
export const GIVEN_UP_AFTER = 24 * 60 * 60 * 1000;

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
  const known = placed.map((stats) => generationName(hash, stats));
  const settled: string[] = [];
  for (const name of await namesOf(root, hash)) {
    if (known.includes(name) || !(await isOnItsWay(root, `${shard}/${name}`))) settled.push(name);
  }
  if (settled.length === 0) return;
  // Only now: a body that has left staging by then is at its place, or was there and is replaced.
  const current = await identityAt(root, key);
  for (const name of settled) {
    if (current !== undefined && name === `${hash}.${current}.json`) continue;
    await root.disk.unlink(`${shard}/${name}`).catch(ignoreMissing); // another sweep's
  }
}

/** Those of one key, all generations. */
async function namesOf(root: Root, hash: string): Promise<readonly string[]> {
  const names = await root.disk.names(shardPath(root, hash)).catch(ignoreMissing);
  return (names ?? []).filter((name) => name.startsWith(hash));
}

async function isOnItsWay(root: Root, path: string): Promise<boolean> {
  const text = await readIfPresent(root, path);
  if (text === undefined) return false;
  const staging = parseGeneration(text)?.staging;
  if (staging === undefined) return isBeingWritten(root, path);
  return (await root.disk.find(`${stagingPath(root)}/${staging}`)) !== undefined;
}

/** Half of it is there: by an upload that goes on, or by one that was killed. */
async function isBeingWritten(root: Root, path: string): Promise<boolean> {
  const found = await root.disk.find(path);
  return found !== undefined && Date.now() - Number(found.mtimeMs) < GIVEN_UP_AFTER;
}

/**
 * Removes what an upload that was killed has left of its metadata, half or whole.
 * @param hash of its key.
 * @param stats of its body, which has no key.
 */
export async function sweepInterrupted(
  root: Root,
  hash: string,
  stats: BigIntStats,
): Promise<void> {
  const path = `${shardPath(root, hash)}/${generationName(hash, stats)}`;
  const text = await readIfPresent(root, path);
  if (text === undefined) return;
  const generation = parseGeneration(text);
  if (generation !== undefined) await sweepGenerations(root, generation.key);
  else await root.disk.unlink(path).catch(ignoreMissing);
}

function ignoreMissing(error: unknown): undefined {
  if (!isMissing(error)) throw error;
}
