import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryStorageProvider, parseKey } from '@org/storage-core';
import { sqliteReferences } from '@org/storage-migration';
import { type Postgres, startPostgres } from '@org/storage-testkit/postgres';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type Database,
  openDatabase,
  openReferences,
} from '../../../src/server/database/database.js';
import {
  migrateSchema,
  revertSchema,
  statementsOf,
} from '../../../src/server/database/migrations.js';
import { fillMetadata } from '../../../src/server/files/fill-metadata.js';

const STEPS = ['0001_init', '0002_add_storage_metadata', '0003_add_unfinished_files'];
const AT = '2020-01-02T03:04:05.678Z';

let postgres: Postgres;
let directory: string;
let databases = 0;

function freshName(): string {
  databases += 1;
  return `app${databases}`;
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'reference-schema-'));
  postgres = await startPostgres();
});

afterAll(async () => {
  await postgres.stop();
  await rm(directory, { recursive: true, force: true });
});

const kinds = [
  ['sqlite', async () => `sqlite:${join(directory, `${freshName()}.sqlite`)}`],
  [
    'postgres',
    async () => {
      const server = openDatabase(postgres.url);
      const name = freshName();
      await sql`CREATE DATABASE ${sql.raw(name)}`.execute(server.db);
      await server.close();
      return postgres.url.replace(/postgres$/, name);
    },
  ],
] as const;

describe.each(kinds)('the schema in %s', (_kind, create) => {
  let url: string;
  let database: Database;

  beforeEach(async () => {
    url = await create();
    database = openDatabase(url);
    return () => database.close();
  });

  async function legacyFile(path: string): Promise<string> {
    const id = crypto.randomUUID();
    await sql`INSERT INTO files (id, path, name, folder, owner_id, visibility, uploaded_at)
      VALUES (${id}, ${path}, 'old.txt', '', 'u', 'private', ${AT})`.execute(database.db);
    return id;
  }

  const legacyUser = () =>
    database.db
      .insertInto('users')
      .values({ id: 'u', email: 'a@b.c', name: 'A', password: '', role: 'admin', created_at: AT })
      .execute();

  it('is made step by step, each once', async () => {
    expect(await migrateSchema(database, '0001')).toEqual(STEPS.slice(0, 1));
    expect(await migrateSchema(database)).toEqual(STEPS.slice(1));
    expect(await migrateSchema(database)).toEqual([]);
    await expect(migrateSchema(database, '9')).rejects.toMatchObject({ code: 'InvalidArgument' });
  });

  it('is made once by several processes at once', async () => {
    const others = Array.from({ length: 4 }, () => openDatabase(url));
    try {
      const taken = await Promise.all(others.map((other) => migrateSchema(other)));
      expect(taken.flat().sort()).toEqual(STEPS);
    } finally {
      for (const other of others) await other.close();
    }
  });

  it('goes back, and forth again, without losing a row', async () => {
    await migrateSchema(database);
    await legacyUser();
    const id = await legacyFile('a.txt');
    expect(await revertSchema(database, '0001')).toEqual([...STEPS.slice(1)].reverse());
    expect(await revertSchema(database, '0001')).toEqual([]);
    const { rows } = await sql<object>`SELECT * FROM files`.execute(database.db);
    expect(Object.keys(rows[0] ?? {})).toEqual([
      ...['id', 'path', 'name', 'folder', 'owner_id', 'visibility', 'uploaded_at'],
    ]);
    await migrateSchema(database);
    const row = await database.db.selectFrom('files').selectAll().executeTakeFirstOrThrow();
    expect(row).toMatchObject({ id, provider: 'local', size: null, key: null, uploaded_at: AT });
  });

  it('of a newer application is left alone', async () => {
    await migrateSchema(database);
    await sql`INSERT INTO schema_steps VALUES ('9999_later', '')`.execute(database.db);
    await expect(migrateSchema(database)).rejects.toThrow('of a newer version');
    await expect(revertSchema(database, '0001')).rejects.toThrow('of a newer version');
  });

  it('is as it was where a step fails half-way', async () => {
    await migrateSchema(database, '0001');
    await sql`CREATE TABLE unfinished_files (id TEXT)`.execute(database.db);
    await expect(migrateSchema(database)).rejects.toThrow();
    await sql`DROP TABLE unfinished_files`.execute(database.db);
    expect(await migrateSchema(database)).toEqual(STEPS.slice(2));
  });

  it('keeps the audit log from being changed', async () => {
    await migrateSchema(database);
    const { db } = database;
    const entry = { at: AT, actor: 'a', action: 'x', subject: 's', detail: '{}', address: '' };
    await db.insertInto('audit_log').values(entry).execute();
    const append = /append-only/;
    await expect(db.updateTable('audit_log').set({ actor: 'b' }).execute()).rejects.toThrow(append);
    await expect(db.deleteFrom('audit_log').execute()).rejects.toThrow(append);
    const more =
      database.kind === 'sqlite'
        ? sql`INSERT OR REPLACE INTO audit_log (id, at, actor, action, subject, detail, address) VALUES (1, '', 'b', '', '', '', '')`
        : sql`TRUNCATE audit_log`;
    await expect(more.execute(db)).rejects.toThrow(append);
    const rows = await db.selectFrom('audit_log').selectAll().execute();
    expect(rows).toEqual([{ ...entry, id: 1, actor_id: null }]);
  });

  it('fits the references of a migration', async () => {
    await migrateSchema(database);
    await legacyUser();
    for (const path of ['b.txt', 'Ä.txt', 'a.txt']) await legacyFile(path);
    const store = await openReferences(database);
    try {
      const page = await store.page({ limit: 10 });
      expect(page.map(({ key }) => key)).toEqual(['a.txt', 'b.txt', 'Ä.txt']);
      const key = parseKey('b.txt');
      const file = { key, size: 3, etag: 'e', checksum: 'f'.repeat(64) };
      expect((await store.moved([file], 'local', 's3')).changed).toEqual([key]);
    } finally {
      await store.close();
    }
    const row = await database.db
      .selectFrom('files')
      .selectAll()
      .where('path', '=', 'b.txt')
      .executeTakeFirstOrThrow();
    expect(row).toMatchObject({ provider: 's3', size: 3, etag: 'e', sha256: 'f'.repeat(64) });
    expect(Date.parse(row.migrated_at ?? '')).toBeGreaterThan(Date.parse('2026-01-01'));
  });

  it('is filled in from the files, and where that was broken off, from there on', async () => {
    await migrateSchema(database);
    await legacyUser();
    await using storage = new MemoryStorageProvider();
    for (let i = 0; i < 25; i++) {
      await storage.upload(`f${i}.txt`, 'x'.repeat(i));
      await legacyFile(`f${i}.txt`);
    }
    await legacyFile('gone.txt');
    const stop = new AbortController();
    const stat = storage.stat.bind(storage);
    let asked = 0;
    storage.stat = (...given) => {
      if (++asked === 9) stop.abort();
      return stat(...given);
    };
    const options = { db: database.db, storage, batch: 10, concurrency: 2 };
    const first = await fillMetadata({ ...options, signal: stop.signal });
    expect(first.filled).toBeGreaterThan(0);
    expect(first.filled).toBeLessThan(25);
    const second = await fillMetadata(options);
    expect([first.filled + second.filled, second.missing]).toEqual([25, 1]);
    const rows = await database.db
      .selectFrom('files')
      .selectAll()
      .where('size', 'is not', null)
      .execute();
    expect(rows).toHaveLength(25);
    for (const { key, path, size, content_type } of rows)
      expect([key, size, content_type]).toEqual([
        path,
        Number(/\d+/.exec(path)?.[0]),
        'text/plain',
      ]);
  });
});

describe('a file of statements', () => {
  it('is cut where a line ends with a semicolon', () => {
    expect(statementsOf("-- a;\nSELECT ';' -- b;\n;\nBEGIN x; END;\n\n")).toEqual([
      "SELECT ';'",
      'BEGIN x; END',
    ]);
  });

  it('of SQLite is found by the commands of the migration as well', async () => {
    const file = join(directory, 'commands.sqlite');
    const database = openDatabase(`sqlite:${file}`);
    await migrateSchema(database);
    await database.close();
    const store = sqliteReferences(file, { table: 'files', columns: { key: 'path' } });
    expect(await store.page({ limit: 1 })).toEqual([]);
    await store.close();
  });
});
