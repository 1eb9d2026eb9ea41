import { randomBytes } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type FileMetadata, parseETag, StorageError } from '@org/storage-core';
import { isMissing } from './file-error.js';
import { trashPath } from './reserved.js';
import type { Root } from './root.js';
import { type Generation, generationFrom, isRecord } from './stored-generation.js';

/** A deleted file that can be restored. */
export interface TrashedFile {
  /** Names it in the trash. Sorts by time. */
  readonly id: string;
  readonly trashedAt: Date;
  /** As it was. */
  readonly file: FileMetadata;
  readonly tags: Readonly<Record<string, string>>;
}

/** Where an entry is. A key may be longer than a file name, so it is only in the entry's metadata. */
export interface TrashPlace {
  readonly id: string;
  readonly trashedAt: Date;
  /** One directory for each hour: a listing holds the names of one of them in memory. */
  readonly directory: string;
  readonly body: string;
  /** Written before the body comes, removed after it has gone: without a body it is none. */
  readonly metadata: string;
}

const ID = /^(\d{4}-\d\d-\d\dT\d\d)-(\d\d)-(\d\d\.\d{3}Z)-[0-9a-f]{16}$/;

/** Directories of the trash. */
export const HOUR = /^\d{4}-\d\d-\d\dT\d\d$/;

export function newPlace(root: Root): TrashPlace {
  const time = new Date().toISOString().replaceAll(':', '-'); // which Windows does not allow
  const place = placeOf(root, `${time}-${randomBytes(8).toString('hex')}`);
  if (place === undefined) throw new Error(`no time for the trash: ${time}`);
  return place;
}

/** `undefined` for what is no id. */
export function placeOf(root: Root, id: string): TrashPlace | undefined {
  const [, hour, minute, second] = ID.exec(id) ?? [];
  if (hour === undefined) return undefined;
  const directory = join(trashPath(root), hour);
  const body = join(directory, id);
  const trashedAt = new Date(`${hour}:${minute}:${second}`);
  return { id, trashedAt, directory, body, metadata: `${body}.json` };
}

interface Stored {
  readonly etag: string;
  readonly lastModified: Date;
  readonly generation: Generation;
}

export async function writeEntry(
  root: Root,
  path: string,
  { file, tags }: Pick<TrashedFile, 'file' | 'tags'>,
): Promise<void> {
  const { etag, lastModified, ...described } = file;
  const generation: Generation = { ...described, tags, staging: '' };
  const stored: Stored = { etag, lastModified, generation };
  const handle = await open(path, 'w');
  try {
    await handle.writeFile(`${JSON.stringify(stored)}\n`);
    await root.syncs.file(handle);
  } finally {
    await handle.close();
  }
}

/**
 * `undefined` if there is none.
 * @throws StorageError `Unknown` if it is damaged.
 */
export async function readEntry(place: TrashPlace): Promise<TrashedFile | undefined> {
  let text: string;
  try {
    text = await readFile(place.metadata, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  const stored = parseStored(text);
  if (stored === undefined) throw damaged(place.id);
  const { etag, lastModified, generation } = stored;
  const { staging: _, tags = {}, ...described } = generation;
  const file = { ...described, etag: parseETag(etag), lastModified };
  return { id: place.id, trashedAt: place.trashedAt, file, tags };
}

function parseStored(text: string): Stored | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (!isRecord(value) || typeof value['etag'] !== 'string') return undefined;
    const lastModified = new Date(String(value['lastModified']));
    const generation = generationFrom(value['generation']);
    if (generation === undefined || Number.isNaN(lastModified.getTime())) return undefined;
    return { etag: value['etag'], lastModified, generation };
  } catch {
    return undefined;
  }
}

function damaged(id: string): StorageError {
  return new StorageError(
    'Unknown',
    `the metadata of ${id} in the trash are damaged: its content is in .storage/trash/${id.slice(0, 13)}/${id}`,
  );
}
