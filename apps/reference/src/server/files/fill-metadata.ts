import { isStorageError } from '@org/storage-core';
import type { Kysely } from 'kysely';
import type { FileRow, Schema } from '../database/schema.js';
import { lookUp, type Stores } from './place.js';
import { fillRow } from './store.js';
import { keyOf } from './view.js';

export interface FillOptions extends Stores {
  readonly db: Kysely<Schema>;
  /** Rows that are read at once. Default 500. */
  readonly batch?: number | undefined;
  /** Files that are looked at at once. Default 8. */
  readonly concurrency?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface FillReport {
  readonly filled: number;
  /** Rows whose file the storage does not have, or does not give: they stay as they are, and are looked at again by the next run. */
  readonly missing: number;
}

/**
 * Fills the columns of the storage in rows from before they were there, by what the storage says of each file. While the application runs, and as
 * often as it takes: a run that was broken off leaves rows filled or as they were, and the next one goes on with those.
 */
export async function fillMetadata(options: FillOptions): Promise<FillReport> {
  const { db, batch = 500, concurrency = 8, signal } = options;
  const report = { filled: 0, missing: 0 };
  let after = '';
  while (!signal?.aborted) {
    const rows = await rowsWithout(db, after, batch);
    const left = [...rows];
    const work = async () => {
      for (let row = left.shift(); row !== undefined && !signal?.aborted; row = left.shift())
        if (await fill(options, row)) report.filled += 1;
        else report.missing += 1;
    };
    await Promise.all(Array.from({ length: concurrency }, work));
    if (rows.length < batch) break;
    after = rows.at(-1)?.id ?? after;
  }
  return report;
}

function rowsWithout(db: Kysely<Schema>, after: string, limit: number) {
  return db
    .selectFrom('files')
    .select(['id', 'path', 'key'])
    .where('size', 'is', null)
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit)
    .execute();
}

async function fill(
  options: FillOptions,
  row: Pick<FileRow, 'id' | 'path' | 'key'>,
): Promise<boolean> {
  const { db, signal } = options;
  try {
    await fillRow(db, row.id, await lookUp(options, keyOf(row), { signal }));
    return true;
  } catch (error) {
    if (!isStorageError(error)) throw error;
    return false;
  }
}
