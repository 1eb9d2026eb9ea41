import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { StorageError } from '@org/storage-core';
import {
  encodeMemberRecord,
  encodeWantedMode,
  type FleetRegistry,
  type MemberRecord,
  parseMemberRecord,
  parseWantedMode,
  type Version,
  type WantedEntry,
  type WantedMode,
} from '@org/storage-hybrid';
import Database from 'libsql';
import { number, type Row, text } from '../journal/row.js';

/** Tells a registry from other SQLite files: "fleet" in ASCII, less its last letter. */
const APPLICATION_ID = 0x666c6565;
const SCHEMA_VERSION = 1;

const SCHEMA = `
  CREATE TABLE members (id TEXT PRIMARY KEY, beat INTEGER NOT NULL, record TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE tokens (last INTEGER NOT NULL);
  INSERT INTO tokens VALUES (0);
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${SCHEMA_VERSION};`;

/** Added since: releases that do not know it leave it alone. */
const WANTED =
  'CREATE TABLE IF NOT EXISTS wanted (id INTEGER PRIMARY KEY CHECK (id = 1), number INTEGER NOT NULL, record TEXT NOT NULL)';

/** ms to wait for other processes that write. */
const BUSY_TIMEOUT = 10_000;

/**
 * A registry in a SQLite file, for processes of one host: on a local disk, since SQLite’s locks do not hold on network file systems.
 * A file of its own, not a journal’s. Made with its directory if missing.
 * @throws StorageError `InvalidArgument` if the file is something else, `Unsupported` if a newer release wrote it, `Unavailable` if it
 * can’t be opened.
 */
export function sqliteFleetRegistry(file: string): FleetRegistry {
  try {
    mkdirSync(dirname(file), { recursive: true });
    return new SqliteFleetRegistry(file);
  } catch (error) {
    throw registryError(error, file);
  }
}

class SqliteFleetRegistry implements FleetRegistry {
  readonly #file: string;
  readonly #database: Database.Database;

  constructor(file: string) {
    this.#file = file;
    this.#database = new Database(file, { timeout: BUSY_TIMEOUT });
    try {
      this.#prepare();
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  #prepare(): void {
    const database = this.#database;
    // One process makes the schema, the others wait for it.
    database.exec('BEGIN IMMEDIATE');
    try {
      const id = this.#pragma('application_id');
      const version = this.#pragma('user_version');
      const tables = number(this.#one('SELECT count(*) AS tables FROM sqlite_master'), 'tables');
      if (id === 0 && version === 0 && tables === 0) database.exec(SCHEMA);
      else if (id !== APPLICATION_ID) throw otherFile(this.#file);
      else if (version > SCHEMA_VERSION) {
        throw new StorageError(
          'Unsupported',
          `the fleet’s registry ${this.#file} was written by a newer release`,
        );
      }
      database.exec(WANTED);
      database.exec('COMMIT');
    } catch (error) {
      if (database.inTransaction) database.exec('ROLLBACK');
      throw error;
    }
    database.pragma('journal_mode = WAL');
    // A power cut ends all members: nobody is left who could miss what it took.
    database.pragma('synchronous = NORMAL');
  }

  async join(member: MemberRecord): Promise<Version | undefined> {
    return this.#written(
      'INSERT INTO members (id, beat, record) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING',
      member,
      [member.id, member.beat, encodeMemberRecord(member)],
    );
  }

  async update(member: MemberRecord, version: Version): Promise<Version | undefined> {
    return this.#written(
      'UPDATE members SET beat = ?, record = ? WHERE id = ? AND beat = ?',
      member,
      [member.beat, encodeMemberRecord(member), member.id, Number(version)],
    );
  }

  async remove(id: string, version: Version): Promise<boolean> {
    return (
      this.#changes('DELETE FROM members WHERE id = ? AND beat = ?', [id, Number(version)]) === 1
    );
  }

  async list(): Promise<readonly { member: MemberRecord; version: Version }[]> {
    return this.#try(() => {
      const rows = this.#database.prepare('SELECT * FROM members ORDER BY id').all() as Row[];
      return rows.map((row) => {
        const id = text(row, 'id');
        const member = parseMemberRecord(text(row, 'record'), id, `${id} in ${this.#file}`);
        return { member, version: text(row, 'beat') };
      });
    });
  }

  async nextToken(): Promise<number> {
    return this.#try(() =>
      number(this.#one('UPDATE tokens SET last = last + 1 RETURNING last'), 'last'),
    );
  }

  async wanted(): Promise<WantedEntry | undefined> {
    return this.#try(() => {
      const [row] = this.#database.prepare('SELECT * FROM wanted').all() as Row[];
      if (row === undefined) return undefined;
      const wanted = parseWantedMode(text(row, 'record'), `the wanted mode in ${this.#file}`);
      return { wanted, version: text(row, 'number') };
    });
  }

  async want(wanted: WantedMode, version: Version | undefined): Promise<Version | undefined> {
    const { number } = wanted;
    const record = encodeWantedMode(wanted);
    const changes =
      version === undefined
        ? this.#changes('INSERT INTO wanted VALUES (1, ?, ?) ON CONFLICT (id) DO NOTHING', [
            number,
            record,
          ])
        : this.#changes('UPDATE wanted SET number = ?, record = ? WHERE number = ?', [
            ...[number, record, Number(version)],
          ]);
    return changes === 1 ? String(number) : undefined;
  }

  async close(): Promise<void> {
    this.#database.close();
  }

  #written(sql: string, { beat }: MemberRecord, values: readonly unknown[]): Version | undefined {
    return this.#changes(sql, values) === 1 ? String(beat) : undefined;
  }

  #changes(sql: string, values: readonly unknown[]): number {
    return this.#try(() => this.#database.prepare<unknown[]>(sql).run(...values).changes);
  }

  #pragma(name: string): number {
    return number(this.#one(`PRAGMA ${name}`), name);
  }

  #one(sql: string): Row {
    const row: unknown = this.#database.prepare(sql).get();
    if (typeof row !== 'object' || row === null)
      throw new StorageError('Unknown', `SQLite did not answer: ${sql}`);
    return row as Row;
  }

  #try<T>(run: () => T): T {
    try {
      return run();
    } catch (error) {
      throw registryError(error, this.#file);
    }
  }
}

function otherFile(file: string, cause?: unknown): StorageError {
  return new StorageError(
    'InvalidArgument',
    `${file} is not a fleet’s registry; name another file`,
    {
      cause,
    },
  );
}

function registryError(error: unknown, file: string): unknown {
  if (error instanceof StorageError || !(error instanceof Error)) return error;
  if ('code' in error && error.code === 'SQLITE_NOTADB') return otherFile(file, error);
  return new StorageError(
    'Unavailable',
    `the fleet’s registry ${file} can’t be used: ${error.message}`,
    { cause: error },
  );
}
