import { StorageError } from '@org/storage-core';
import {
  CompiledQuery,
  type DatabaseConnection,
  type Driver,
  SqliteDialect,
  SqliteDriver,
} from 'kysely';
import Libsql from 'libsql';

/** ms for which a statement waits while another process writes. */
const BUSY_TIMEOUT = 5_000;

/**
 * A database in a file, which several processes of a host may use: in WAL mode, with foreign keys. A transaction takes the lock for writing at its
 * start: one that reads first and writes then would be refused when somebody else has written in between.
 */
export class SqliteFileDialect extends SqliteDialect {
  readonly #database: () => Promise<Libsql.Database>;

  constructor(file: string) {
    const database = async () => open(file);
    super({ database });
    this.#database = database;
  }

  override createDriver(): Driver {
    return new ImmediateDriver({ database: this.#database });
  }
}

class ImmediateDriver extends SqliteDriver {
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('BEGIN IMMEDIATE'));
  }
}

/** @throws StorageError `Unavailable`. */
function open(file: string): Libsql.Database {
  const database = opened(file);
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.pragma('foreign_keys = ON');
  return database;
}

function opened(file: string): Libsql.Database {
  try {
    return new Libsql(file, { timeout: BUSY_TIMEOUT });
  } catch (cause) {
    throw new StorageError(
      'Unavailable',
      `the database ${file} can’t be opened: its directory has to be there, and writable`,
      { cause },
    );
  }
}
