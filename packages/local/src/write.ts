import type { BigIntStats } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Body,
  type Condition,
  contentTypeOf,
  type FileMetadata,
  type Key,
  type MatchCondition,
  StorageError,
  type UploadOptions,
} from '@org/storage-core';
import { errnoOf } from './file-error.js';
import { describe, writeGeneration } from './generation.js';
import { distinctNow, distinctWithin, identityOf } from './identity.js';
import { pathOfDescriptor } from './links.js';
import { type OpenFile, openFile } from './open-file.js';
import { checkCondition, lookAt, NO_LINKS, noLinks, place } from './place.js';
import { checkRootPresent, type Root } from './root.js';
import { checkUnchanged } from './stable-stream.js';
import {
  copyToStaging,
  createStaging,
  dropStaging,
  linkToStaging,
  type StagingFile,
  writeBody,
} from './staging.js';
import type { Generation } from './stored-generation.js';
import { sweepGenerations } from './sweep.js';
import type { TrashedFile } from './trash-entry.js';

interface WriteConditions {
  readonly condition: Condition | undefined;
  readonly signal: AbortSignal | undefined;
}

export async function storeBody(
  root: Root,
  key: Key,
  body: Body,
  options: UploadOptions,
  conditions: WriteConditions,
): Promise<FileMetadata> {
  if (isEarlyLookNeeded(root, body, conditions)) await checkPlace(root, key, conditions);
  else await checkRootPresent(root);
  const { contentType = contentTypeOf(key), cacheControl, contentDisposition, tags } = options;
  const described = {
    key,
    contentType,
    ...(cacheControl === undefined ? {} : { cacheControl }),
    ...(contentDisposition === undefined ? {} : { contentDisposition }),
    metadata: { ...options.metadata },
    ...(tags === undefined ? {} : { tags: { ...tags } }),
  };
  const staging = await createStaging(root, key);
  return finish(root, key, staging, async () => {
    const content = await writeBody(staging, body, options);
    const generation = { ...described, ...content, staging: staging.name };
    return commit(root, staging, generation, distinctNow(), conditions);
  });
}

export async function storeCopy(
  root: Root,
  from: Key,
  to: Key,
  sourceCondition: MatchCondition | undefined,
  conditions: WriteConditions,
): Promise<FileMetadata> {
  await checkPlace(root, to, conditions);
  const source = await openFile(root, from);
  try {
    checkCondition(from, source.stats, sourceCondition);
    const staging = await copyToStaging(root, to, readablePath(root, from, source));
    return await finish(root, to, staging, async () => {
      await checkCopied(root, from, source, staging);
      const { etag: _, lastModified: __, ...described } = source.metadata;
      const { tags } = source;
      const generation = { ...described, tags, key: to, staging: staging.name };
      return commit(root, staging, generation, distinctNow(), conditions);
    });
  } finally {
    await source.descriptor.close();
  }
}

/** Gives a body of the trash a key, if there is no file; it keeps its other name. */
export async function storeLinked(
  root: Root,
  key: Key,
  source: string,
  { file, tags }: Pick<TrashedFile, 'file' | 'tags'>,
  signal: AbortSignal | undefined,
): Promise<FileMetadata> {
  const conditions = { condition: { type: 'absent' }, signal } as const;
  await checkPlace(root, key, conditions);
  const staging = await linkToStaging(root, key, source).catch((error: unknown) => {
    throw NO_LINKS.has(errnoOf(error)) ? noLinks(error) : error;
  });
  return finish(root, key, staging, () => {
    const { etag: _, lastModified, ...described } = file;
    const generation = { ...described, tags, key, staging: staging.name };
    return commit(root, staging, generation, distinctWithin(lastModified.getTime()), conditions);
  });
}

/** What can be known to fail does so before anything is read or written. */
export async function checkPlace(
  root: Root,
  key: Key,
  { condition }: WriteConditions,
): Promise<void> {
  await checkRootPresent(root);
  const found = await lookAt(root, key);
  checkCondition(key, found, condition);
}

/**
 * Whether something is saved by a look at the key before the body is written: a stream is not read in vain, and a condition that does
 * not hold costs no write. Bytes in memory without a condition are looked after once, when they get their key.
 */
function isEarlyLookNeeded(root: Root, body: Body, { condition }: WriteConditions): boolean {
  const inMemory = typeof body === 'string' || body instanceof Uint8Array;
  return !inMemory || condition !== undefined || root.spelling.folds;
}

interface Committed {
  readonly metadata: FileMetadata;
  /** What is at the key now, and what was there before. */
  readonly bodies: readonly BigIntStats[];
}

/** Leaves nothing of a staging file, however `run` ends. */
export async function finish(
  root: Root,
  key: Key,
  staging: StagingFile,
  run: () => Promise<Committed>,
): Promise<FileMetadata> {
  let committed: Committed | undefined;
  try {
    committed = await run();
    return committed.metadata;
  } finally {
    if (committed === undefined) await dropStaging(staging);
    else await staging.handle.close();
    // Garbage, which the next write finds again.
    await sweepGenerations(root, key, committed?.bodies).catch(() => {});
  }
}

export async function commit(
  root: Root,
  staging: StagingFile,
  generation: Generation,
  /** In seconds, as `utimes` takes it. */
  modified: number,
  { condition, signal }: WriteConditions,
): Promise<Committed> {
  const { key } = generation;
  await staging.handle.utimes(modified, modified);
  const stats = await staging.handle.stat({ bigint: true });
  await writeGeneration(root, generation, stats, staging.handle);
  const replaced = await place(root, key, { ...staging, stats }, condition, signal);
  const bodies = replaced === undefined ? [stats] : [stats, replaced];
  return { metadata: describe(key, stats, generation), bodies };
}

/** For `copyFile`, which takes no descriptors: through one where that is possible, so that it is the file that was opened. */
function readablePath(root: Root, key: Key, { descriptor }: OpenFile): string {
  const known = pathOfDescriptor(descriptor.fd);
  return known === undefined ? join(root.path, key) : `/proc/self/fd/${descriptor.fd}`;
}

async function checkCopied(
  root: Root,
  key: Key,
  { descriptor, stats }: OpenFile,
  staging: StagingFile,
): Promise<void> {
  await checkUnchanged(key, stats, descriptor);
  const replaced =
    pathOfDescriptor(descriptor.fd) === undefined &&
    identityOf(await lstat(join(root.path, key), { bigint: true })) !== identityOf(stats);
  const { size } = await staging.handle.stat({ bigint: true });
  if (!replaced && size === stats.size) return;
  throw new StorageError('Conflict', `${key} was changed while it was being copied: copy it again`);
}
