import { isStorageError, type ListedFile, type StorageProvider } from '@org/storage-core';
import type { Kysely } from 'kysely';
import type { Schema } from '../database/schema.js';
import { isFreshKey } from '../files/names.js';
import { THUMBNAILS, thumbnailOf } from '../files/thumbnail-key.js';

/** ms: what is younger may have a row in a moment. */
const YOUNG = 2 * 86_400_000;

const BATCH = 500;

/**
 * Deletes what this application has stored and no row names: objects whose upload was broken off so badly that not even its unfinished row
 * is left, and thumbnails of deleted files. Only under keys that this application makes up: what else lies there, a check tells and nobody
 * deletes by himself.
 * @returns How many there were.
 */
export async function removeOrphans(
  db: Kysely<Schema>,
  storage: StorageProvider,
  now: Date,
  signal: AbortSignal,
): Promise<number> {
  let removed = 0;
  let batch: ListedFile[] = [];
  const flush = async () => {
    for (const file of await withoutRow(db, batch))
      if (await removeIfUnchanged(storage, file, signal)) removed += 1;
    batch = [];
  };
  for await (const entry of storage.list({ signal })) {
    if (entry.type !== 'file' || !isOurs(entry.key)) continue;
    if (now.getTime() - entry.lastModified.getTime() < YOUNG) continue;
    batch.push(entry);
    if (batch.length === BATCH) await flush();
  }
  await flush();
  return removed;
}

function isOurs(key: string): boolean {
  return isFreshKey(key) || thumbnailOf(key) !== undefined;
}

async function withoutRow(db: Kysely<Schema>, files: readonly ListedFile[]): Promise<ListedFile[]> {
  const keys = files.map(({ key }) => String(key));
  const ids = keys.flatMap((key) => thumbnailOf(key) ?? []);
  if (keys.length === 0) return [];
  const rows = await db
    .selectFrom('files')
    .select(['id', 'path', 'key'])
    .where((where) =>
      where.or([
        where('path', 'in', keys),
        where('key', 'in', keys),
        ...(ids.length === 0 ? [] : [where('id', 'in', ids)]),
      ]),
    )
    .execute();
  const unfinished = await db
    .selectFrom('unfinished_files')
    .select('key')
    .where('key', 'in', keys)
    .execute();
  const named = new Set([
    ...rows.flatMap(({ path, key }) => [path, key ?? path]),
    ...unfinished.map(({ key }) => key),
  ]);
  const withThumbnail = new Set(rows.map(({ id }) => id));
  return files.filter(({ key }) => {
    if (key.startsWith(THUMBNAILS)) return !withThumbnail.has(thumbnailOf(key) ?? '');
    return !named.has(key);
  });
}

async function removeIfUnchanged(
  storage: StorageProvider,
  { key, etag }: ListedFile,
  signal: AbortSignal,
): Promise<boolean> {
  const conditional = storage.capabilities.conditionalDelete !== 'absent';
  try {
    await storage.delete(key, {
      signal,
      ...(conditional ? { condition: { type: 'match', etag } } : {}),
    });
    return true;
  } catch (error) {
    // It has changed, or can't be deleted on a condition before the hand-over of a migration: the next run looks again.
    if (isStorageError(error, 'PreconditionFailed') || isStorageError(error, 'Conflict'))
      return false;
    throw error;
  }
}
