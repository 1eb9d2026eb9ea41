import { StorageError } from '@org/storage-core';
import Database from 'libsql';
import { GroupCommit } from './group-commit.js';
import type { JournalLock } from './journal-lock.js';
import type { Row } from './row.js';
import type { SqlDatabase } from './sql-journal.js';
import { migrateSchema, userVersion } from './sqlite-schema.js';

/** The journal's tables in a SQLite file: in WAL mode, every commit flushed to the disk. */
export class SqliteDatabase implements SqlDatabase {
  readonly place: string;
  readonly #database: Database.Database;
  readonly #lock: JournalLock | undefined;
  readonly #commits: GroupCommit;
  readonly #statements = new Map<string, Database.Statement<unknown[]>>();

  /** @param lock Without one, the file is taken as it is. */
  constructor(file: string, lock: JournalLock | undefined) {
    this.place = file;
    this.#lock = lock;
    this.#database = new Database(file, { timeout: 10_000 });
    try {
      if (lock !== undefined) {
        this.#database.pragma('journal_mode = WAL');
        this.#database.pragma('synchronous = FULL');
        migrateSchema(this.#database, file);
      } else if (userVersion(this.#database) === 0) {
        throw new StorageError('InvalidArgument', `${file} is not a journal`);
      }
    } catch (error) {
      this.#database.close();
      throw error;
    }
    this.#commits = new GroupCommit((writes) => {
      try {
        this.#transact(writes);
      } catch (error) {
        throw journalError(error, file);
      }
    });
  }

  async read(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    try {
      return this.#statement(sql).all(...values) as Row[];
    } catch (error) {
      throw journalError(error, this.place);
    }
  }

  write(sql: string, values: readonly unknown[] = []): Promise<void> {
    return this.#commits.write(() => void this.#statement(sql).run(...values));
  }

  insert(
    table: string,
    columns: readonly string[],
    rows: readonly (readonly unknown[])[],
    end = '',
  ): Promise<void> {
    const places = columns.map((_, i) => `$${i + 1}`);
    const sql = `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${places.join(', ')}) ${end}`;
    return this.#commits.write(() => {
      for (const row of rows) this.#statement(sql).run(...row);
    });
  }

  async close(): Promise<void> {
    this.#commits.flush();
    this.#database.close();
    this.#lock?.release();
  }

  #transact(writes: () => void): void {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      writes();
      this.#database.exec('COMMIT');
    } catch (error) {
      if (this.#database.inTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  #statement(sql: string): Database.Statement<unknown[]> {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    // SQLite numbers `$2` by its first occurrence, and `?2` by its name.
    const statement = this.#database.prepare<unknown[]>(sql.replaceAll(/\$(\d+)/g, '?$1'));
    this.#statements.set(sql, statement);
    return statement;
  }
}

/** What a failure of SQLite's means for who works with the journal. */
export function journalError(error: unknown, file: string): unknown {
  if (error instanceof StorageError || !(error instanceof Error)) return error;
  const code = 'code' in error ? String(error.code) : '';
  if (code === 'SQLITE_FULL') {
    return new StorageError(
      'QuotaExceeded',
      `the disk of the journal ${file} is full; make room and run again`,
      { cause: error },
    );
  }
  if (code === 'SQLITE_NOTADB') {
    return new StorageError('InvalidArgument', `${file} is not a journal`, { cause: error });
  }
  return new StorageError('Unavailable', `the journal ${file} can’t be used: ${error.message}`, {
    cause: error,
    retryable: false,
  });
}
