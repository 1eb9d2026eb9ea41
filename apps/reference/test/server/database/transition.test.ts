import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryStorageProvider } from '@org/storage-core';
import { type Postgres, startPostgres } from '@org/storage-testkit/postgres';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FileView } from '../../../src/api-types.js';
import { openDatabase } from '../../../src/server/database/database.js';
import { migrateSchema } from '../../../src/server/database/migrations.js';
import { removeOrphans } from '../../../src/server/jobs/orphans.js';
import { type StartedApp, startApp } from '../../app.js';
import { answer, type Client } from '../../client.js';

interface Listed {
  readonly folders: readonly { path: string; files: number; bytes: number }[];
  readonly items: readonly FileView[];
}

const AT = '2020-01-02T03:04:05.678Z';

/** Of an application that has never heard of the storage's columns. */
const OLD = [
  { id: 'old-1', path: 'reports/Ä b.txt', name: 'Ä b.txt', folder: 'reports', content: 'one' },
  { id: 'old-2', path: '2020/01/a%2Fb.txt', name: 'odd.txt', folder: 'reports', content: 'two!' },
  { id: 'old-3', path: 'c.txt', name: 'c.txt', folder: '', content: 'three' },
  { id: 'old-4', path: 'gone.txt', name: 'gone.txt', folder: 'lost', content: undefined },
] as const;

let directory: string;
let postgres: Postgres;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'reference-transition-'));
  postgres = await startPostgres();
});

afterAll(async () => {
  await postgres.stop();
  await rm(directory, { recursive: true, force: true });
});

const kinds = [
  ['SQLite', () => `sqlite:${join(directory, 'app.sqlite')}`],
  ['PostgreSQL', () => postgres.url],
] as const;

describe.each(kinds)('rows from before and new ones, in %s,', (_kind, url) => {
  let storage: MemoryStorageProvider;
  let started: StartedApp;
  let admin: Client;
  let fresh: FileView;

  beforeAll(async () => {
    storage = new MemoryStorageProvider();
    const before = openDatabase(url());
    await migrateSchema(before, '0001');
    const owner = { id: 'u', email: 'old@example.org', name: 'Old', password: '', created_at: AT };
    await before.db
      .insertInto('users')
      .values({ ...owner, role: 'user' })
      .execute();
    for (const { id, path, name, folder, content } of OLD) {
      await sql`INSERT INTO files (id, path, name, folder, owner_id, visibility, uploaded_at)
        VALUES (${id}, ${path}, ${name}, ${folder}, 'u', 'public', ${AT})`.execute(before.db);
      if (content !== undefined) await storage.upload(path, content);
    }
    await before.close();
    started = await startApp({ database: url(), storage });
    admin = await started.client(started.admin);
    const { files } = await answer<{ files: FileView[] }>(
      admin.upload({ 'new.txt': 'fresh' }, { folder: 'reports', visibility: 'public' }),
      201,
    );
    if (files[0] === undefined) throw new Error('it was rejected');
    fresh = files[0];
  });

  afterAll(async () => {
    await started.close();
    await storage.close();
  });

  const rowOf = (id: string) =>
    started.database.db.selectFrom('files').selectAll().where('id', '=', id).executeTakeFirst();

  /** As it was before anything was asked of the storage. */
  const empty = () =>
    started.database.db
      .updateTable('files')
      .set({ key: null, size: null, content_type: null, sha256: null, etag: null })
      .where('owner_id', '=', 'u')
      .execute();

  const list = (query: string) => answer<Listed>(admin.get(`/api/files?${query}`));

  it('are found by their paths, and downloaded, before and after they are filled in', async () => {
    const { path: freshPath = '' } = (await rowOf(fresh.id)) ?? {};
    const all = [...OLD, { id: fresh.id, path: freshPath, name: 'new.txt', content: 'fresh' }];
    for (const fill of [empty, () => admin.post('/api/admin/jobs/file-metadata/run')]) {
      await fill();
      for (const { id, path, name, content } of all) {
        const address = `/uploads/${path.split('/').map(encodeURIComponent).join('/')}`;
        const moved = await admin.get(address);
        const location = moved.headers.get('location') ?? '';
        expect([moved.status, location]).toEqual([301, `/files/${id}/${encodeURIComponent(name)}`]);
        const got = await admin.get(location);
        const found = [got.status, content === undefined ? undefined : await got.text()];
        expect(found, path).toEqual(content === undefined ? [404, undefined] : [200, content]);
      }
      expect((await admin.get('/uploads/reports')).status).toBe(404);
      expect((await admin.get('/uploads/REPORTS/%C3%84%20b.txt')).status).toBe(404);
    }
  });

  it('are listed, searched and sorted together', async () => {
    await empty();
    const names = async (query: string) => (await list(query)).items.map(({ name }) => name);
    expect([...(await names('folder=reports'))].sort()).toEqual(['new.txt', 'odd.txt', 'Ä b.txt']);
    await empty();
    const { items } = await list('folder=reports&sort=name');
    const known = items.map(({ id, size, provider }) => [id, size, provider]).sort();
    expect(known).toEqual(
      [
        ['old-1', 3, 'local'],
        ['old-2', 4, 'local'],
        [fresh.id, 5, 'local'],
      ].sort(),
    );
    expect([...(await names('query=odd')), ...(await names('query=new'))]).toEqual([
      'odd.txt',
      'new.txt',
    ]);
    const { folders } = await list('');
    expect(folders).toMatchObject([
      { path: 'lost', files: 1 },
      { path: 'reports', files: 3, bytes: 12 },
    ]);
    const lost = await list('folder=lost');
    expect(lost.items).toMatchObject([{ id: 'old-4', size: 0, contentType: 'text/plain' }]);
  });

  it('are whole for the check of the table, and none is an orphan', async () => {
    for (const fill of [empty, () => admin.post('/api/admin/jobs/file-metadata/run')]) {
      await fill();
      await answer(admin.post('/api/admin/consistency'), 202);
      const check = () => answer<{ state: string }>(admin.get('/api/admin/consistency'));
      await expect.poll(async () => (await check()).state).toBe('done');
      expect(await check()).toMatchObject({ counts: { 'missing-file': 1 } });
      const later = new Date(Date.now() + 10 * 86_400_000);
      const { signal } = new AbortController();
      expect(await removeOrphans(started.database.db, storage, later, signal)).toBe(0);
    }
  });

  it('are renamed, moved and deleted alike, and their paths go on leading to them', async () => {
    await empty();
    const change = { name: 'renamed.txt', folder: 'elsewhere' };
    await answer(admin.patch('/api/files/old-1', change));
    const moved = await admin.get('/uploads/reports/%C3%84%20b.txt');
    expect(moved.headers.get('location')).toBe('/files/old-1/renamed.txt');
    expect(await (await admin.get('/files/old-1/renamed.txt')).text()).toBe('one');
    await empty();
    for (const id of ['old-1', 'old-4', fresh.id])
      expect((await admin.delete(`/api/files/${id}`)).status, id).toBe(204);
    expect(await storage.exists('reports/Ä b.txt')).toBe(false);
    expect(await storage.exists('c.txt')).toBe(true);
    expect((await admin.get('/uploads/reports/%C3%84%20b.txt')).status).toBe(404);
    const left = await started.database.db.selectFrom('unfinished_files').selectAll().execute();
    expect(left).toEqual([]);
  });
});
