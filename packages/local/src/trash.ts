import { lstat, rename, rm, rmdir } from 'node:fs/promises';
import {
  type FileMetadata,
  isStorageError,
  type Key,
  type MatchCondition,
  StorageError,
  throwIfAborted,
} from '@org/storage-core';
import { syncDirectory } from './directory.js';
import { errnoOf, isMissing } from './file-error.js';
import { describe, readGeneration } from './generation.js';
import { etagOf } from './identity.js';
import { type OpenFile, openFile } from './open-file.js';
import { parseHoldable } from './paths.js';
import { checkCondition } from './place.js';
import { isThere, namesIn } from './presence.js';
import { removeFile } from './remove.js';
import { makeOwnDirectory, makeReserved, trashPath } from './reserved.js';
import type { Root } from './root.js';
import {
  HOUR,
  newPlace,
  placeOf,
  readEntry,
  type TrashedFile,
  type TrashPlace,
  writeEntry,
} from './trash-entry.js';
import { storeLinked } from './write.js';

/** How often a file that is replaced meanwhile is tried again. */
const ATTEMPTS = 50;

/** Milliseconds after which metadata without a body are no delete under way any more: 24 hours. */
const GIVEN_UP_AFTER = 24 * 60 * 60 * 1000;

interface TrashOptions {
  readonly condition?: MatchCondition | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Moves a file to the trash by a rename: it is at its key or in the trash, whenever a crash comes. Its metadata are there
 * before it.
 * @returns `undefined` if there is no such file.
 * @throws StorageError `PreconditionFailed`.
 */
export async function moveToTrash(
  root: Root,
  key: Key,
  options: TrashOptions,
): Promise<TrashedFile | undefined> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const file = await present(root, key);
    checkCondition(key, file?.stats, options.condition);
    if (file === undefined) return undefined;
    await makeReserved(root);
    const trashed = await move(root, file, options);
    if (trashed !== undefined) return trashed;
  }
  throw new StorageError('Conflict', `${key} is being replaced all the time`, { key });
}

async function present(root: Root, key: Key): Promise<OpenFile | undefined> {
  try {
    const file = await openFile(root, key);
    await file.descriptor.close();
    return file;
  } catch (error) {
    if (isStorageError(error, 'NotFound')) return undefined;
    throw error;
  }
}

/** `undefined` if the file was replaced meanwhile, and its metadata are of no use. */
async function move(
  root: Root,
  { metadata, tags }: OpenFile,
  { condition, signal }: TrashOptions,
): Promise<TrashedFile | undefined> {
  const { key, etag } = metadata;
  const place = newPlace(root);
  let trashed: TrashedFile = { id: place.id, trashedAt: place.trashedAt, file: metadata, tags };
  const take = async (path: string) => {
    await rename(path, place.body);
    // Before the directory that it was in: after a crash of the machine it is in one of them.
    await syncDirectory(place.directory, root.syncs);
    const moved = await lstat(place.body, { bigint: true });
    if (etagOf(moved) === etag) return;
    // Something came in between that takes no locks; now that the file is here, it stays the same.
    const generation = await readGeneration(root, key, moved);
    const file = describe(key, moved, generation);
    trashed = { ...trashed, file, tags: generation?.tags ?? {} };
    await writeEntry(root, place.metadata, trashed);
  };
  const pinned = { condition: { type: 'match', etag }, signal } as const;
  const needed = condition !== undefined;
  try {
    await writeInPlace(root, place, trashed);
    await removeFile(root, key, { ...pinned, needed, take });
    return trashed;
  } catch (error) {
    await dropIfEmpty(place).catch(() => {}); // metadata without a body, which a purge removes
    if (!needed && isStorageError(error, 'PreconditionFailed')) return undefined;
    throw error;
  }
}

async function writeInPlace(root: Root, place: TrashPlace, trashed: TrashedFile): Promise<void> {
  await makeOwnDirectory(root, trashPath(root));
  for (let attempt = 1; ; attempt++) {
    await makeOwnDirectory(root, place.directory);
    try {
      await writeEntry(root, place.metadata, trashed);
      break;
    } catch (error) {
      // A purge has just removed the directory, which was empty.
      if (errnoOf(error) !== 'ENOENT' || attempt === ATTEMPTS) throw error;
    }
  }
  await syncDirectory(place.directory, root.syncs);
}

async function dropIfEmpty(place: TrashPlace): Promise<void> {
  if (await isThere(place.body)) return;
  await rm(place.metadata, { force: true });
  await removeIfEmpty(place.directory);
}

/** All entries, ordered by time. */
export async function* listTrash(root: Root): AsyncGenerator<TrashedFile> {
  for (const hour of await hoursOf(root)) {
    for (const name of (await namesIn(`${trashPath(root)}/${hour}`)).sort()) {
      const place = placeOf(root, name);
      if (place === undefined) continue;
      const entry = await readEntry(place);
      // Restored or purged meanwhile, or its metadata were lost.
      if (entry === undefined && (await isThere(place.body))) throw lost(place);
      if (entry !== undefined) yield entry;
    }
  }
}

/** @throws StorageError `NotFound` if it is not in the trash. */
export async function pathInTrash(root: Root, id: string): Promise<string> {
  return (await placeIn(root, id)).body;
}

async function placeIn(root: Root, id: string): Promise<TrashPlace> {
  const place = placeOf(root, id);
  if (place === undefined) {
    throw new StorageError('InvalidArgument', `${JSON.stringify(id)} is no id of a trashed file`);
  }
  if (await isThere(place.body)) return place;
  throw new StorageError('NotFound', `there is no ${id} in the trash`);
}

/**
 * Gives a file of the trash a key again, if there is no file, and takes it out of the trash. A crash in between leaves it in
 * both.
 * @throws StorageError `NotFound` if it is not in the trash, `AlreadyExists`.
 */
export async function restoreFromTrash(
  root: Root,
  id: string,
  to: string | undefined,
  signal: AbortSignal | undefined,
): Promise<FileMetadata> {
  const place = await placeIn(root, id);
  const entry = await readEntry(place);
  if (entry === undefined) throw new StorageError('NotFound', `there is no ${id} in the trash`);
  const key = parseHoldable(to ?? entry.file.key);
  const restored = await storeLinked(root, key, place.body, entry, signal);
  await dropEntry(place);
  await syncDirectory(place.directory, root.syncs).catch(ignoreMissing);
  await removeIfEmpty(place.directory);
  return restored;
}

/**
 * Removes for good what was put into the trash before a time.
 * @returns how many files that were.
 */
export async function purgeTrash(
  root: Root,
  before: Date,
  signal: AbortSignal | undefined,
): Promise<number> {
  let purged = 0;
  for (const hour of await hoursOf(root)) {
    const directory = `${trashPath(root)}/${hour}`;
    for (const name of await namesIn(directory)) {
      throwIfAborted(signal);
      const place = placeOf(root, name.replace(/\.json$/, ''));
      if (place === undefined || place.trashedAt >= before) continue;
      if (name === place.id) {
        await dropEntry(place);
        purged++;
      } else if (Date.now() - place.trashedAt.getTime() > GIVEN_UP_AFTER) {
        await dropIfEmpty(place);
      }
    }
    await syncDirectory(directory, root.syncs).catch(ignoreMissing);
    await removeIfEmpty(directory);
  }
  return purged;
}

/** The body first: metadata alone are no entry. */
async function dropEntry(place: TrashPlace): Promise<void> {
  await rm(place.body, { force: true });
  await rm(place.metadata, { force: true });
}

async function hoursOf(root: Root): Promise<string[]> {
  return (await namesIn(trashPath(root))).filter((name) => HOUR.test(name)).sort();
}

/** Best effort. */
async function removeIfEmpty(directory: string): Promise<void> {
  await rmdir(directory).catch(() => {});
}

function ignoreMissing(error: unknown): void {
  if (!isMissing(error)) throw error;
}

function lost({ id }: TrashPlace): StorageError {
  return new StorageError('Unknown', `the metadata of ${id} in the trash are gone`);
}
