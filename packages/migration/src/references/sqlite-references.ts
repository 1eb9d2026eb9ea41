import { existsSync } from 'node:fs';
import { type Key, StorageError, type StorageErrorCode } from '@org/storage-core';
import Database from 'libsql';
import type { Row } from '../journal/row.js';
import {
  type Moved,
  type MovedFile,
  outcomeOf,
  type Reference,
  type ReferencePageOptions,
  type ReferenceStore,
} from './reference-store.js';
import {
  type Dialect,
  type Query,
  ReferenceTable,
  type ReferenceTableOptions,
  withValues,
} from './reference-table.js';

const SQLITE: Dialect = {
  collation: 'BINARY',
  placeholder: (number) => `?${number}`,
  oneOf: (value, placeholder) => `${value} IN (SELECT value FROM json_each(${placeholder}))`,
  now: "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')",
};

/** ms for which the thread may wait for a process that writes; after that the batch is tried again later. */
const BUSY_TIMEOUT = 1_000;

/**
 * A table in a SQLite file, which other processes may use meanwhile. The column of keys needs an index of its bytes, as a `PRIMARY KEY` or
 * `UNIQUE` has unless it was given another collation.
 * @throws StorageError `NotFound` if there is no such file, `InvalidArgument` if it is no database or for what can't be a name.
 */
export function sqliteReferences(file: string, options: ReferenceTableOptions): ReferenceStore {
  const where = Object.entries(options.where ?? {}).map(([column, value]) => [
    column,
    typeof value === 'boolean' ? Number(value) : value, // SQLite has no others
  ]);
  const table = new ReferenceTable({ ...options, where: Object.fromEntries(where) }, SQLITE);
  if (!existsSync(file)) throw new StorageError('NotFound', `there is no database ${file}`);
  return new SqliteReferences(file, table);
}

class SqliteReferences implements ReferenceStore {
  readonly place: string;
  readonly #table: ReferenceTable;
  readonly #database: Database.Database;
  readonly #statements = new Map<string, Database.Statement<unknown[]>>();

  constructor(file: string, table: ReferenceTable) {
    this.place = `the table ${table.name} in ${file}`;
    this.#table = table;
    this.#database = this.#try(() => new Database(file, { timeout: BUSY_TIMEOUT }));
  }

  async page(options: ReferencePageOptions): Promise<Reference[]> {
    return this.#try(() => this.#read(this.#table.page(options)));
  }

  async find(keys: readonly Key[]): Promise<Reference[]> {
    const values = keys.map((key) => this.#table.keys.valueOf(key));
    return this.#try(() => this.#read(this.#table.find(JSON.stringify(values))));
  }

  async moved(files: readonly MovedFile[], from: string, to: string): Promise<Moved> {
    const changed = this.#try(() => this.#move(files, from, to));
    return outcomeOf(files, to, changed, await this.find(files.map(({ key }) => key)));
  }

  async close(): Promise<void> {
    this.#database.close();
  }

  #move(files: readonly MovedFile[], from: string, to: string): Set<Key> {
    const database = this.#database;
    const changed = new Set<Key>();
    database.exec('BEGIN IMMEDIATE');
    try {
      for (const file of withValues(files, this.#table)) {
        const [sql, values] = this.#moveOne(file, from, to);
        if (this.#statement(sql).run(...values).changes > 0) changed.add(file.key);
      }
      database.exec('COMMIT');
      return changed;
    } catch (error) {
      if (database.inTransaction) database.exec('ROLLBACK');
      throw error;
    }
  }

  #moveOne(file: MovedFile & { readonly value: string }, from: string, to: string): Query {
    const { etag, size, checksum, value } = file;
    return this.#table.query((bind) => {
      const set = {
        etag: bind(etag === null ? '' : (etag ?? null)),
        size: bind(size ?? null),
        checksum: bind(checksum ?? null),
      };
      const rows = `${this.#table.value} = ${bind(value)} AND ${this.#table.naming(from, bind)}`;
      return `UPDATE ${this.#table.name} AS t SET ${this.#table.assignments(bind(to), set)} WHERE ${rows}`;
    });
  }

  #read([sql, values]: Query): Reference[] {
    const rows = this.#statement(sql).all(...values) as Row[];
    return rows.map((row) => this.#table.reference(row));
  }

  #statement(sql: string): Database.Statement<unknown[]> {
    const statement = this.#statements.get(sql) ?? this.#database.prepare<unknown[]>(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  #try<T>(run: () => T): T {
    try {
      return run();
    } catch (error) {
      throw sqliteError(error, this.place);
    }
  }
}

/** By the beginning of the result code's name, https://www.sqlite.org/rescode.html. */
const CODES: readonly (readonly [name: string, code: StorageErrorCode])[] = [
  ['SQLITE_BUSY', 'Conflict'],
  ['SQLITE_LOCKED', 'Conflict'],
  ['SQLITE_FULL', 'QuotaExceeded'],
  ['SQLITE_READONLY', 'AccessDenied'],
  ['SQLITE_PERM', 'AccessDenied'],
  ['SQLITE_AUTH', 'AccessDenied'],
  ['SQLITE_ERROR', 'InvalidArgument'], // no such table or column
  ['SQLITE_CONSTRAINT', 'InvalidArgument'],
  ['SQLITE_MISMATCH', 'InvalidArgument'],
  ['SQLITE_NOTADB', 'InvalidArgument'],
  ['SQLITE_CANTOPEN', 'InvalidArgument'],
];

function sqliteError(error: unknown, place: string): unknown {
  if (error instanceof StorageError || !(error instanceof Error)) return error;
  const name = 'code' in error ? String(error.code) : '';
  const code = CODES.find(([beginning]) => name.startsWith(beginning))?.[1] ?? 'Unknown';
  return new StorageError(code, `${place}: ${error.message}`, { cause: error });
}
