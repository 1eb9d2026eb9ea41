import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ETag, Key } from '@org/storage-core';
import { describe, expect, it } from 'vitest';
import { openSqliteJournal, type ReferenceColumns } from '../../src/index.js';
import { endpoints, temporaryDirectory } from '../fixtures.js';
import { keys, POSTGRES, SQLITE, type TestDatabase } from './tables.js';

const COLUMNS: ReferenceColumns = {
  ...{ key: 'path', provider: 'provider', size: 'size' },
  ...{ etag: 'etag', checksum: 'checksum', migratedAt: 'migrated_at' },
};

/** The parts of a migration that ships with the package, which are divided by empty lines. */
async function migration(name: string): Promise<string[]> {
  const text = await readFile(new URL(`../../migrations/${name}.sql`, import.meta.url), 'utf8');
  return text.split('\n\n');
}

async function apply(database: TestDatabase, name: string): Promise<void> {
  await database.run((await migration(name)).join('\n\n'));
}

/** As an application might have it before the migration: with rows. */
async function inPlace(database: TestDatabase): Promise<void> {
  await database.run('CREATE TABLE files (id integer PRIMARY KEY, path text NOT NULL, title text)');
  await database.insert(
    'files',
    ['a', 'b', 'c', 'é'].map((path, id) => ({ id, path, title: `of ${path}` })),
  );
}

const moved = [{ key: 'a', etag: 'e', size: 5, checksum: 'c' }].map((file) => ({
  ...file,
  key: file.key as Key,
}));

const FULL = 'SELECT path, title, provider, etag, size, checksum FROM files ORDER BY id';

const after = (rows: readonly Readonly<Record<string, unknown>>[]) =>
  rows.map((row) => Object.values(row).map(String).join());

const EXPECTED = [
  'a,of a,s3,e,5,c',
  ...['b', 'c', 'é'].map((path) => `${path},of ${path},local,null,null,null`),
];

describe('the migrations for SQLite', () => {
  it('add the columns to a table with rows, and take them away again', async () => {
    const database = await SQLITE.open();
    await inPlace(database);
    await apply(database, 'sqlite/add_storage_metadata');
    await database.references({ columns: COLUMNS }).moved(moved, 'local', 's3');
    expect(after(await database.rows(FULL))).toEqual(EXPECTED);
    await apply(database, 'sqlite/remove_storage_metadata');
    const [row] = await database.rows('SELECT * FROM files');
    expect(row).toEqual({ id: 0, path: 'a', title: 'of a' });
    expect(await database.rows("SELECT 1 FROM sqlite_master WHERE type = 'index'")).toEqual([]);
  });

  it('make an index by which rows are found', async () => {
    const database = await SQLITE.open();
    await inPlace(database);
    await apply(database, 'sqlite/add_storage_metadata');
    const plan = await database.rows(
      "EXPLAIN QUERY PLAN SELECT 1 FROM files AS t WHERE t.path COLLATE BINARY = 'a'",
    );
    expect(plan[0]?.['detail']).toContain('files_by_path');
  });

  it('move rows by the journal, a thousand at a time', async () => {
    const file = join(await temporaryDirectory(), 'journal.sqlite');
    const journal = await openSqliteJournal({ file, endpoints });
    const paths = keys('own', ...Array.from({ length: 1500 }, (_, i) => `f${i}`), 'open');
    await journal.recordSeen(
      paths.map((key) => ({
        ...{ type: 'file', key, size: 7, etag: 's' as ETag, lastModified: new Date(0) },
      })),
    );
    const result = { state: 'copied', attempts: 1, targetEtag: 't' as ETag } as const;
    await Promise.all(
      paths
        .slice(0, -1)
        .map((key) => journal.recordResult(key, { ...result, checksums: { sha256: 'c' } })),
    );
    await journal.close();
    const database = await SQLITE.open();
    await database.run(`
      CREATE TABLE files (path TEXT NOT NULL UNIQUE);
      INSERT INTO files VALUES ('own'), ('open'), ('unknown');
      WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 1499)
        INSERT INTO files SELECT 'f' || i FROM n;
      ATTACH '${file}' AS journal`);
    await apply(database, 'sqlite/add_storage_metadata');
    await database.run("UPDATE files SET provider = 'cdn' WHERE path = 'own'");
    const told: unknown[] = [];
    for (const _ of [1, 2, 3]) {
      await apply(database, 'sqlite/move_references');
      told.push((await database.rows('SELECT changes() AS changed'))[0]?.['changed']);
    }
    expect(told).toEqual([1000, 500, 0]);
    const others = "SELECT path FROM files WHERE provider <> 's3' ORDER BY path";
    expect((await database.rows(others)).map(({ path }) => path)).toEqual([
      'open',
      'own',
      'unknown',
    ]);
    const [one] = await database.rows("SELECT etag, size, checksum FROM files WHERE path = 'f7'");
    expect(one).toEqual({ etag: 't', size: 7, checksum: 'c' });
  });
});

describe('the migrations for PostgreSQL', () => {
  const node = "SELECT pg_relation_filenode('files') AS node";

  it('add the columns to a table with rows without rewriting it, and take them away again', async () => {
    const database = await POSTGRES.open();
    await inPlace(database);
    const [before] = await database.rows(node);
    for (const _ of ['once', 'again']) {
      await apply(database, 'postgres/add_storage_metadata');
      await apply(database, 'postgres/add_key_index');
    }
    expect(await database.rows(node)).toEqual([before]);
    await database.references({ columns: COLUMNS }).moved(moved, 'local', 's3');
    expect(after(await database.rows(FULL))).toEqual(EXPECTED);
    await database.run("INSERT INTO files (id, path) VALUES (9, 'new')");
    const [row] = await database.rows('SELECT provider FROM files WHERE id = 9');
    expect(row).toEqual({ provider: 'local' });
    for (const _ of ['once', 'again']) {
      await apply(database, 'postgres/remove_key_index');
      await apply(database, 'postgres/remove_storage_metadata');
    }
    expect(await database.rows(node)).toEqual([before]);
    const [left] = await database.rows('SELECT * FROM files ORDER BY id');
    expect(left).toEqual({ id: 0, path: 'a', title: 'of a' });
  });

  it('move rows by a list of files, a thousand at a time', async () => {
    const database = await POSTGRES.open();
    await database.run(`
      CREATE TABLE files (path text NOT NULL);
      INSERT INTO files SELECT 'f' || n FROM generate_series(0, 2499) AS n;
      INSERT INTO files VALUES ('own'), ('é'), ('unknown')`);
    await apply(database, 'postgres/add_storage_metadata');
    await apply(database, 'postgres/add_key_index');
    await database.run("UPDATE files SET provider = 'cdn' WHERE path = 'own'");
    await database.run("UPDATE files SET size = 1 WHERE path = 'f8'");
    const [create, move, drop] = await migration('postgres/move_references').then((parts) => [
      ...[parts[0] ?? '', parts[1] ?? '', parts[2] ?? ''],
    ]);
    await database.run(create ?? '');
    await database.run(`
      INSERT INTO moved_files SELECT 'f' || n, 't', 7, 'c' FROM generate_series(0, 2499) AS n;
      INSERT INTO moved_files VALUES ('own', 't', 7, 'c'), ('é', 't', 7, 'c'), ('nowhere', 't', 7, 'c')`);
    await database.run(move ?? '');
    const others = `SELECT path FROM files WHERE provider <> 's3' ORDER BY path COLLATE "C"`;
    expect((await database.rows(others)).map(({ path }) => path)).toEqual(['own', 'unknown']);
    const rows =
      "SELECT path, etag, size, checksum FROM files WHERE path IN ('f8', 'é') ORDER BY path";
    expect(after(await database.rows(rows)).sort()).toEqual(['f8,t,1,c', 'é,t,7,c']);
    const [transactions] = await database.rows('SELECT count(DISTINCT migrated_at) FROM files');
    expect(transactions).toEqual({ count: '3' });
    await database.run(drop ?? '');
    expect(await database.rows("SELECT to_regclass('moved_files') AS found")).toEqual([
      { found: null },
    ]);
  });
});
