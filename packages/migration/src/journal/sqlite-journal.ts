import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { StorageError } from '@org/storage-core';
import type { Endpoints, Journal } from './journal.js';
import { lockJournal } from './journal-lock.js';
import { openSqlJournal } from './sql-journal.js';
import { journalError, SqliteDatabase } from './sqlite-database.js';

export interface SqliteJournalOptions {
  /** Path of the SQLite file; its directory is made if missing. */
  readonly file: string;
  /** What is migrated. A journal of other endpoints is refused. Without it, an existing journal is opened as it is. */
  readonly endpoints?: Endpoints;
  /**
   * `work` is for one process at a time · `look` is for those that read it meanwhile, and write nothing but the control: no lock is
   * taken, and nothing is created. Default `work`.
   */
  readonly access?: 'work' | 'look';
}

/**
 * Opens a journal in a SQLite file.
 * @throws StorageError `Conflict` if another process works with it, `InvalidArgument` if it belongs to another migration
 * or is no journal, `NotFound` if it is to be looked at and does not exist.
 */
export async function openSqliteJournal(options: SqliteJournalOptions): Promise<Journal> {
  const { file, endpoints, access = 'work' } = options;
  if (access === 'look' && !existsSync(file))
    throw new StorageError('NotFound', `there is no journal ${file}`);
  if (access === 'work') mkdirSync(dirname(file), { recursive: true });
  const lock = access === 'work' ? lockJournal(file) : undefined;
  let database: SqliteDatabase | undefined;
  try {
    database = new SqliteDatabase(file, lock);
    return await openSqlJournal(database, endpoints, access === 'work');
  } catch (error) {
    if (database === undefined) lock?.release();
    else await database.close();
    throw journalError(error, file);
  }
}
