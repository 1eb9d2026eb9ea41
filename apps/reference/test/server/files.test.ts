import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FileView } from '../../src/api-types.js';
import { type StartedApp, startApp } from '../app.js';
import { answer, type Client, refusal } from '../client.js';

interface Listed {
  readonly folders: readonly { path: string; name: string; files: number; bytes: number }[];
  readonly items: readonly FileView[];
  readonly nextCursor: string | null;
}

let started: StartedApp;
let zoe: Client;

beforeAll(async () => {
  started = await startApp();
  zoe = await started.client(started.user);
});

afterAll(() => started.close());

async function uploaded(client: Client, name: string, content: string, fields = {}) {
  const { files } = await answer<{ files: FileView[] }>(
    client.upload({ [name]: content }, fields),
    201,
  );
  const [file] = files;
  if (file === undefined) throw new Error('it was rejected');
  return file;
}

const list = (client: Client, query: string) => answer<Listed>(client.get(`/api/files?${query}`));

describe('files', () => {
  it('are uploaded, listed and downloaded', async () => {
    const file = await uploaded(zoe, 'Übersicht 日本.txt', 'Hello', { folder: 'a/b' });
    expect(file).toMatchObject({
      name: 'Übersicht 日本.txt',
      folder: 'a/b',
      size: 5,
      visibility: 'private',
      provider: 'local',
      contentType: 'text/plain',
      owner: { name: 'Zoë' },
    });
    expect(await list(zoe, 'folder=a/b')).toEqual({ folders: [], items: [file], nextCursor: null });
    const { folders } = await list(zoe, '');
    expect(folders).toEqual([{ path: 'a', name: 'a', files: 1, bytes: 5 }]);
    const content = await zoe.get(file.url);
    expect(content.headers.get('content-disposition')).toMatch(/^inline/);
    expect(await content.text()).toBe('Hello');
    const saved = await zoe.get(`${file.url}?download`);
    expect(saved.headers.get('content-disposition')).toMatch(/^attachment/);
    const part = await zoe.get(file.url, { range: 'bytes=1-2' });
    expect([part.status, await part.text()]).toEqual([206, 'el']);
  });

  it('are under keys that tell nothing of them, and never the same', async () => {
    const [a, b] = [
      await uploaded(zoe, '../../etc/passwd', 'x'),
      await uploaded(zoe, 'x.exe', 'x'),
    ];
    const rows = await started.database.db
      .selectFrom('files')
      .select(['key', 'path'])
      .where('id', 'in', [a.id, b.id])
      .execute();
    for (const { key, path } of rows) {
      expect(key).toMatch(/^\d{4}\/\d{2}\/[0-9a-f-]{36}(\.txt)?$/);
      expect(path).toBe(key);
    }
  });

  it('come page by page, whatever they are sorted by', async () => {
    const names = ['b.txt', 'A.txt', 'c.txt', 'a.txt', 'B.txt'];
    for (const [i, name] of names.entries())
      await uploaded(zoe, name, 'x'.repeat(1 + (i % 3)), { folder: 'pages' });
    for (const sort of ['name', 'size', 'uploadedAt'])
      for (const order of ['asc', 'desc']) {
        const seen: string[] = [];
        let cursor: string | null = '';
        while (cursor !== null) {
          const page: Listed = await list(
            zoe,
            `folder=pages&limit=2&sort=${sort}&order=${order}${cursor === '' ? '' : `&cursor=${cursor}`}`,
          );
          seen.push(...page.items.map(({ name }) => name));
          cursor = page.nextCursor;
        }
        expect([...seen].sort(), `${sort} ${order}`).toEqual([...names].sort());
        if (sort === 'name') {
          const lower = seen.map((name) => name.toLowerCase());
          const sorted = [...lower].sort();
          expect(lower).toEqual(order === 'asc' ? sorted : sorted.reverse());
        }
      }
    const { nextCursor } = await list(zoe, 'folder=pages&limit=2&sort=name');
    expect(await refusal(zoe.get(`/api/files?sort=size&cursor=${nextCursor}`))).toEqual([
      400,
      'invalid',
    ]);
    expect(await refusal(zoe.get('/api/files?cursor=bm9uc2Vuc2U'))).toEqual([400, 'invalid']);
  });

  it('are found by a part of their name, in all folders below', async () => {
    await uploaded(zoe, '100%_sure.txt', 'x', { folder: 'deep/er' });
    await uploaded(zoe, '100 not.txt', 'x', { folder: 'deep/er' });
    const found = async (query: string) =>
      (await list(zoe, `folder=deep&query=${encodeURIComponent(query)}`)).items.map(
        ({ name }) => name,
      );
    expect(await found('100%_S')).toEqual(['100%_sure.txt']);
    expect(await found('%')).toEqual(['100%_sure.txt']);
    expect(await found('100')).toEqual(['100 not.txt', '100%_sure.txt']);
    expect(await found("' OR 1=1 --")).toEqual([]);
    expect((await list(zoe, 'query=100&type=image')).items).toEqual([]);
  });

  it('are renamed, moved and shown to others without being touched', async () => {
    const file = await uploaded(zoe, 'draft.txt', 'x', { folder: 'drafts' });
    const stored = await started.storage.stat(await keyOf(file.id));
    const changed = await answer<FileView>(
      zoe.patch(`/api/files/${file.id}`, {
        name: 'final.txt',
        folder: 'done',
        visibility: 'public',
      }),
    );
    expect(changed).toMatchObject({ name: 'final.txt', folder: 'done', visibility: 'public' });
    expect(await started.storage.stat(await keyOf(file.id))).toEqual(stored);
    expect(await refusal(zoe.patch(`/api/files/${file.id}`, { name: 'a/b' }))).toEqual([
      400,
      'invalid',
    ]);
    expect(await refusal(zoe.patch(`/api/files/${file.id}`, { folder: '../x' }))).toEqual([
      400,
      'invalid',
    ]);
    expect(await refusal(zoe.patch(`/api/files/${file.id}`, { owner: 'x' }))).toEqual([
      400,
      'invalid',
    ]);
  });

  it('are the affair of their owner and of administrators', async () => {
    const file = await uploaded(zoe, 'private.txt', 'secret');
    const other = await newcomer();
    const nobody = await started.client();
    for (const client of [other, nobody]) {
      expect((await client.get(file.url)).status).toBe(404);
      expect((await client.get(`/files/${file.id}/thumbnail`)).status).toBe(404);
    }
    expect(await refusal(other.get(`/api/files/${file.id}`))).toEqual([404, 'not_found']);
    expect(await refusal(other.delete(`/api/files/${file.id}`))).toEqual([404, 'not_found']);
    expect((await list(other, 'query=private.txt')).items).toEqual([]);
    await answer(zoe.patch(`/api/files/${file.id}`, { visibility: 'public' }));
    expect(await (await nobody.get(file.url)).text()).toBe('secret');
    expect((await list(other, 'query=private.txt')).items).toHaveLength(1);
    expect(await refusal(other.delete(`/api/files/${file.id}`))).toEqual([403, 'forbidden']);
    expect(await refusal(other.patch(`/api/files/${file.id}`, { name: 'x' }))).toEqual([
      403,
      'forbidden',
    ]);
    const admin = await started.client(started.admin);
    expect((await admin.delete(`/api/files/${file.id}`)).status).toBe(204);
    expect(await refusal(zoe.delete(`/api/files/${file.id}`))).toEqual([404, 'not_found']);
  });

  it('leave nothing behind when they are deleted', async () => {
    const file = await uploaded(zoe, 'gone.txt', 'x');
    const key = await keyOf(file.id);
    expect((await zoe.delete(`/api/files/${file.id}`)).status).toBe(204);
    expect(await started.storage.exists(key)).toBe(false);
    expect(await started.database.db.selectFrom('unfinished_files').selectAll().execute()).toEqual(
      [],
    );
    expect((await zoe.get(file.url)).status).toBe(404);
  });

  it('are changed many at once, each for itself', async () => {
    const a = await uploaded(zoe, 'a', 'x');
    const b = await uploaded(zoe, 'b', 'x');
    const others = await uploaded(await newcomer(), 'c', 'x', { visibility: 'public' });
    const moved = await answer(
      zoe.post('/api/files/batch', { action: 'move', ids: [a.id, others.id, 'none'], folder: 'm' }),
    );
    expect(moved).toMatchObject({
      done: [a.id],
      failed: [
        { id: others.id, code: 'forbidden' },
        { id: 'none', code: 'not_found' },
      ],
    });
    const deleted = await answer(
      zoe.post('/api/files/batch', { action: 'delete', ids: [a.id, a.id, b.id] }),
    );
    expect(deleted).toEqual({ done: [a.id, b.id], failed: [] });
  });

  it('are refused one by one: too large, or of a type that is not taken', async () => {
    await using small = await startApp({
      uploads: { maxBytes: 100, types: ['text/plain'] },
    });
    const client = await small.client(small.user);
    const { files, rejected } = await answer<{ files: FileView[]; rejected: unknown[] }>(
      client.upload({ 'a.txt': 'ok', 'b.txt': 'x'.repeat(101), 'c.txt': '<svg>', 'd.png': PNG }),
      201,
    );
    expect(files.map(({ name }) => name)).toEqual(['a.txt', 'c.txt']);
    expect(rejected).toMatchObject([
      { name: 'b.txt', code: 'too_large' },
      { name: 'd.png', code: 'type_not_allowed' },
    ]);
    expect(await small.database.db.selectFrom('unfinished_files').selectAll().execute()).toEqual(
      [],
    );
    expect(await refusal(client.upload({}, { folder: 'x' }))).toEqual([400, 'invalid']);
    expect(await refusal(client.upload({ 'a.txt': 'x' }, { folder: '../x' }))).toEqual([
      400,
      'invalid',
    ]);
  });
});

describe('folders', () => {
  it('are there without files, and go when they are empty', async () => {
    expect((await zoe.post('/api/folders', { path: 'new/est' })).status).toBe(201);
    expect((await zoe.post('/api/folders', { path: 'new/est' })).status).toBe(201);
    const { folders } = await list(zoe, 'folder=new');
    expect(folders).toEqual([{ path: 'new/est', name: 'est', files: 0, bytes: 0 }]);
    expect(await refusal(zoe.delete('/api/folders?path=new'))).toEqual([409, 'not_empty']);
    const file = await uploaded(zoe, 'x', 'x', { folder: 'new/est' });
    expect(await refusal(zoe.delete('/api/folders?path=new/est'))).toEqual([409, 'not_empty']);
    await zoe.delete(`/api/files/${file.id}`);
    expect((await zoe.delete('/api/folders?path=new/est')).status).toBe(204);
    expect((await list(zoe, 'folder=new')).folders).toEqual([]);
  });
});

describe('addresses from before', () => {
  it('lead to the file, for those who may know of it', async () => {
    const { db } = started.database;
    const owner = await db
      .selectFrom('users')
      .select('id')
      .where('email', '=', started.user.email)
      .executeTakeFirstOrThrow();
    const old = { name: 'a b.txt', folder: '', owner_id: owner.id, visibility: 'private' as const };
    await started.storage.upload('reports/a b.txt', 'old');
    await db
      .insertInto('files')
      .values({
        id: 'legacy',
        path: 'reports/a b.txt',
        uploaded_at: '2020-01-01T00:00:00.000Z',
        ...old,
      })
      .execute();
    const found = await zoe.get('/uploads/reports/a%20b.txt');
    expect([found.status, found.headers.get('location')]).toEqual([301, '/files/legacy/a%20b.txt']);
    expect(await (await zoe.get('/files/legacy/a%20b.txt')).text()).toBe('old');
    const nobody = await started.client();
    expect((await nobody.get('/uploads/reports/a%20b.txt')).status).toBe(404);
    expect((await zoe.get('/uploads/reports/none.txt')).status).toBe(404);
    const row = await db
      .selectFrom('files')
      .selectAll()
      .where('id', '=', 'legacy')
      .executeTakeFirstOrThrow();
    expect(row).toMatchObject({ key: 'reports/a b.txt', size: 3, provider: 'local' });
  });
});

const PNG = Uint8Array.from(
  Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
  ),
);

async function keyOf(id: string): Promise<string> {
  const { path } = await started.database.db
    .selectFrom('files')
    .select('path')
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  return path;
}

async function newcomer(): Promise<Client> {
  const client = await started.client();
  const email = `${crypto.randomUUID()}@example.org`;
  const session = await answer<{ csrfToken: string }>(
    client.post('/api/register', { email, name: 'New', password: 'long enough for all' }),
    201,
  );
  client.csrfToken = session.csrfToken;
  return client;
}
