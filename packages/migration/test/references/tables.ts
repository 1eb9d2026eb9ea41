import { join } from 'node:path';
import type { Key } from '@org/storage-core';
import { type Postgres, startPostgres } from '@org/storage-testkit/postgres';
import Database from 'libsql';
import { Pool } from 'pg';
import { afterAll, onTestFinished } from 'vitest';
import {
  postgresReferences,
  type ReferenceStore,
  type ReferenceTableOptions,
  sqliteReferences,
} from '../../src/index.js';
import { temporaryDirectory } from '../fixtures.js';

/** A database that an application might have, empty. */
export interface TestDatabase {
  /** `sqlite:FILE` or `postgres://…`, with the password. */
  readonly address: string;
  insert(table: string, rows: readonly Readonly<Record<string, unknown>>[]): Promise<void>;
  run(sql: string): Promise<void>;
  rows(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  references(options?: Partial<ReferenceTableOptions>): ReferenceStore;
}

export interface Engine {
  readonly name: string;
  /** Of the column of keys, so that it does not compare by bytes. */
  readonly caseless: string;
  open(): Promise<TestDatabase>;
}

export const FILES: ReferenceTableOptions = { table: 'files', columns: { key: 'path' } };

const quote = (name: string) => `"${name.replaceAll('"', '""')}"`;

export const SQLITE: Engine = {
  name: 'SQLite',
  caseless: 'NOCASE',
  async open() {
    const file = join(await temporaryDirectory(), 'app.sqlite');
    const database = new Database(file);
    onTestFinished(() => void database.close());
    return {
      address: `sqlite:${file}`,
      async insert(table, rows) {
        if (rows.length > 1) database.exec('BEGIN');
        for (const row of rows) {
          const places = Object.keys(row).map(() => '?');
          const names = Object.keys(row).map(quote);
          const sql = `INSERT INTO ${quote(table)} (${names.join(', ')}) VALUES (${places.join(', ')})`;
          database.prepare<unknown[]>(sql).run(...Object.values(row));
        }
        if (rows.length > 1) database.exec('COMMIT');
      },
      run: async (sql) => void database.exec(sql),
      rows: async (sql) => database.prepare(sql).all() as Record<string, unknown>[],
      references(options) {
        const references = sqliteReferences(file, { ...FILES, ...options });
        onTestFinished(() => references.close());
        return references;
      },
    };
  },
};

let server: Promise<Postgres> | undefined;
let pool: Pool | undefined;
afterAll(async () => {
  await pool?.end();
  await (await server)?.stop();
});

export const POSTGRES: Engine = {
  name: 'PostgreSQL',
  caseless: 'caseless',
  async open() {
    server ??= startPostgres();
    const { url } = await server;
    pool ??= new Pool({ connectionString: url });
    const client = pool;
    await client.query(`DROP SCHEMA public CASCADE; CREATE SCHEMA public; ${CASELESS}`);
    return {
      address: url,
      async insert(table, rows) {
        for (const row of rows) {
          const places = Object.keys(row).map((_, i) => `$${i + 1}`);
          const names = Object.keys(row).map(quote);
          const sql = `INSERT INTO ${quote(table)} (${names.join(', ')}) VALUES (${places.join(', ')})`;
          await client.query(sql, Object.values(row));
        }
      },
      run: async (sql) => void (await client.query(sql)),
      rows: async (sql) => (await client.query(sql)).rows,
      references: (options) => postgresReferences(client, { ...FILES, ...options }),
    };
  },
};

/** A collation by which letters that differ in their case are the same. */
const CASELESS =
  "CREATE COLLATION caseless (provider = icu, locale = 'und-u-ks-level2', deterministic = false)";

export const keys = (...texts: readonly string[]) => texts as readonly string[] as readonly Key[];

/** The same with some methods replaced. */
export function changed<T extends object>(original: T, changes: Partial<T>): T {
  return new Proxy(original, {
    get(target, name) {
      if (Object.hasOwn(changes, name)) return Reflect.get(changes, name);
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
