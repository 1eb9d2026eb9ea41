import { type Key, StorageError } from '@org/storage-core';
import { replaceGeneration } from './generation.js';
import { openFile } from './open-file.js';
import type { Root } from './root.js';
import { stagingName } from './staging.js';

type Tags = Readonly<Record<string, string>>;

/** How often a file that is replaced meanwhile is tried again. */
const ATTEMPTS = 50;

export async function getTags(root: Root, key: Key): Promise<Tags> {
  const { descriptor, tags } = await openFile(root, key);
  await descriptor.close();
  return tags;
}

/** Gives a file, and its body's generation, other tags. A file that something else has written gets metadata by that. */
export async function setTags(
  root: Root,
  key: Key,
  tags: Tags,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const { descriptor, metadata, stats } = await openFile(root, key);
    await descriptor.close();
    const { etag: _, lastModified: __, ...stored } = metadata;
    const staging = stagingName(key);
    const generation = { ...stored, tags: { ...tags }, staging };
    if (await replaceGeneration(root, generation, stats, signal)) return;
  }
  throw new StorageError('Conflict', `${key} is being replaced all the time`, { key });
}
