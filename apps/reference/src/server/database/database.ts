import { StorageError } from '@org/storage-core';
import {
  postgresReferences,
  type ReferenceStore,
  type ReferenceTableOptions,
  sqliteReferences,
} from '@org/storage-migration';
import { CompiledQuery, type Dialect, Kysely, PostgresAdapter, SqliteAdapter, sql } from 'kysely';
import { postgresDialect } from './postgres.js';
import type { Schema } from './schema.js';
import { SqliteFileDialect } from './sqlite.js';

export type DatabaseKind = 'sqlite' | 'postgres';

export interface Database {
  readonly db: Kysely<Schema>;
  readonly kind: DatabaseKind;
  close(): Promise<void>;
}

/**
 * @param given `sqlite:/path/of/app.sqlite`, `postgres://user@host/database`, or a dialect of Kysely for one of the two.
 * @param onError Told of connections that break while nobody uses them.
 * @throws StorageError `InvalidArgument` for any other.
 */
export function openDatabase(
  given: string | Dialect,
  onError: (error: Error) => void = () => {},
): Database {
  const dialect = typeof given === 'string' ? dialectOf(given, onError) : given;
  const kind = kindOf(dialect);
  const db = new Kysely<Schema>({ dialect });
  return { db, kind, close: () => db.destroy() };
}

/** The table of files, as the migration's commands and checks take it. To be closed. */
export async function openReferences({ db, kind }: Database): Promise<ReferenceStore> {
  const options: ReferenceTableOptions = {
    table: 'files',
    columns: {
      key: 'path',
      size: 'size',
      etag: 'etag',
      checksum: 'sha256',
      migratedAt: 'migrated_at',
    },
  };
  if (kind === 'sqlite') return sqliteReferences(await sqliteFile(db), options);
  const client = {
    query: (text: string, values: unknown[] = []) =>
      db.executeQuery<Record<string, unknown>>(CompiledQuery.raw(text, values)),
  };
  return postgresReferences(client, options);
}

async function sqliteFile(db: Kysely<Schema>): Promise<string> {
  const { rows } = await sql<{ name: string; file: string }>`PRAGMA database_list`.execute(db);
  return rows.find(({ name }) => name === 'main')?.file ?? '';
}

function dialectOf(url: string, onError: (error: Error) => void): Dialect {
  if (/^postgres(ql)?:\/\//.test(url)) return postgresDialect(url, onError);
  const [, file] = /^(?:sqlite|file):(?:\/\/(?=\/))?(.+)$/.exec(url) ?? [];
  if (file !== undefined) return new SqliteFileDialect(file);
  throw new StorageError(
    'InvalidArgument',
    'the database is sqlite:/path/of/app.sqlite or postgres://user@host/database',
  );
}

function kindOf(dialect: Dialect): DatabaseKind {
  const adapter = dialect.createAdapter();
  if (adapter instanceof PostgresAdapter) return 'postgres';
  if (adapter instanceof SqliteAdapter) return 'sqlite';
  throw new StorageError('InvalidArgument', 'the database is SQLite or PostgreSQL');
}
