import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type AbsentCondition,
  type Body,
  contentTypeOf,
  type FileMetadata,
  type Key,
  StorageError,
  type UploadOptions,
} from '@org/storage-core';
import { describe, type Generation, sweepGenerations, writeGeneration } from './generation.js';
import { identityOf } from './identity.js';
import { pathOfDescriptor } from './links.js';
import { type OpenFile, openFile } from './open-file.js';
import { existsError, lookAt, place } from './place.js';
import { checkRootPresent, type Root } from './root.js';
import { checkUnchanged } from './stable-stream.js';
import {
  copyToStaging,
  createStaging,
  dropStaging,
  type StagingFile,
  writeBody,
} from './staging.js';

/** What a provider that can't compare versions atomically takes of a condition. */
interface WriteConditions {
  readonly condition: AbsentCondition | undefined;
  readonly signal: AbortSignal | undefined;
}

export async function storeBody(
  root: Root,
  key: Key,
  body: Body,
  options: UploadOptions,
  conditions: WriteConditions,
): Promise<FileMetadata> {
  await checkPlace(root, key, conditions);
  const { contentType = contentTypeOf(key), cacheControl, contentDisposition } = options;
  const described = {
    key,
    contentType,
    ...(cacheControl === undefined ? {} : { cacheControl }),
    ...(contentDisposition === undefined ? {} : { contentDisposition }),
    metadata: { ...options.metadata },
  };
  const staging = await createStaging(root, key);
  return finish(root, key, staging, async () => {
    const content = await writeBody(staging, body, options);
    return commit(root, staging, { ...described, ...content, staging: staging.name }, conditions);
  });
}

export async function storeCopy(
  root: Root,
  from: Key,
  to: Key,
  signal: AbortSignal | undefined,
): Promise<FileMetadata> {
  const conditions = { condition: undefined, signal };
  await checkPlace(root, to, conditions);
  const source = await openFile(root, from);
  try {
    const staging = await copyToStaging(root, to, readablePath(root, from, source));
    return await finish(root, to, staging, async () => {
      await checkCopied(root, from, source, staging);
      const { etag: _, lastModified: __, ...described } = source.metadata;
      return commit(root, staging, { ...described, key: to, staging: staging.name }, conditions);
    });
  } finally {
    await source.descriptor.close();
  }
}

/** What can be known to fail does so before anything is read or written. */
async function checkPlace(root: Root, key: Key, { condition }: WriteConditions): Promise<void> {
  await checkRootPresent(root);
  const found = await lookAt(root, key);
  if (found !== undefined && condition !== undefined) throw existsError(key);
}

/** Leaves nothing of a staging file, however `run` ends. */
async function finish<T>(
  root: Root,
  key: Key,
  staging: StagingFile,
  run: () => Promise<T>,
): Promise<T> {
  try {
    return await run();
  } finally {
    await dropStaging(staging);
    await sweepGenerations(root, key).catch(() => {}); // garbage, which the next write finds again
  }
}

async function commit(
  root: Root,
  staging: StagingFile,
  generation: Generation,
  { condition, signal }: WriteConditions,
): Promise<FileMetadata> {
  const { key } = generation;
  await staging.handle.sync();
  await writeGeneration(root, generation, await staging.handle.stat({ bigint: true }));
  await place(root, key, staging, condition, signal);
  // Only now, since a rename changes the status change time.
  return describe(key, await staging.handle.stat({ bigint: true }), generation);
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
