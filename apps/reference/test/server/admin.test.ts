import { MemoryStorageProvider } from '@org/storage-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditEntry, ConsistencyState, FileView } from '../../src/api-types.js';
import { withLease } from '../../src/server/jobs/lease.js';
import { type StartedApp, startApp } from '../app.js';
import { answer, type Client, refusal } from '../client.js';

let started: StartedApp;
let admin: Client;
let zoe: Client;

beforeAll(async () => {
  started = await startApp();
  admin = await started.client(started.admin);
  zoe = await started.client(started.user);
});

afterAll(() => started.close());

async function uploaded(name: string, content: string): Promise<FileView> {
  const { files } = await answer<{ files: FileView[] }>(zoe.upload({ [name]: content }), 201);
  const [file] = files;
  if (file === undefined) throw new Error('it was rejected');
  return file;
}

describe('an administrator', () => {
  it('finds everybody’s files by what the rows say', async () => {
    await uploaded('small.txt', 'x');
    await uploaded('large.csv', 'x'.repeat(1000));
    const names = async (query: string) => {
      const { items } = await answer<{ items: FileView[] }>(admin.get(`/api/admin/files?${query}`));
      return items.map(({ name }) => name).sort();
    };
    expect(await names('')).toEqual(['large.csv', 'small.txt']);
    expect(await names('minSize=10&provider=local&visibility=')).toEqual(['large.csv']);
    expect(await names('provider=s3')).toEqual([]);
    expect(await names(`owner=${started.user.email}&query=SMALL`)).toEqual(['small.txt']);
    expect(await names(`owner=${started.admin.email}`)).toEqual([]);
    expect(await names('contentType=text/csv')).toEqual(['large.csv']);
    expect(await names('before=2020-01-01')).toEqual([]);
    expect(await refusal(admin.get('/api/admin/files?before=x'))).toEqual([400, 'invalid']);
  });

  it('cleans up many at once', async () => {
    const file = await uploaded('rubbish', 'x');
    const done = await answer(
      admin.post('/api/admin/files/batch', { action: 'delete', ids: [file.id] }),
    );
    expect(done).toEqual({ done: [file.id], failed: [] });
  });

  it('sees who has done what, when and from where', async () => {
    const file = await uploaded('seen.txt', 'x');
    await zoe.patch(`/api/files/${file.id}`, { name: 'renamed.txt' });
    const { items } = await answer<{ items: AuditEntry[] }>(
      admin.get(`/api/admin/audit?actor=${started.user.email}&limit=2`),
    );
    expect(items).toMatchObject([
      {
        action: 'file.change',
        subject: file.id,
        detail: { name: 'renamed.txt' },
        address: '127.0.0.1',
      },
      { action: 'file.upload', subject: file.id, actor: started.user.email },
    ]);
    const all: AuditEntry[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: { items: AuditEntry[]; nextCursor: string | null } = await answer(
        admin.get(`/api/admin/audit?limit=3&cursor=${cursor}`),
      );
      all.push(...page.items);
      cursor = page.nextCursor;
    }
    const ids = all.map(({ id }) => id);
    expect(ids).toEqual([...ids].sort((a, b) => b - a));
    expect(new Set(ids).size).toBe(ids.length);
    expect(JSON.stringify(all)).not.toContain(started.user.password);
  });

  it('sees what is downloaded, each file once for each reading of it', async () => {
    const file = await uploaded('popular.txt', '0123456789');
    for (const range of [undefined, 'bytes=0-3', 'bytes=4-9'])
      await (await zoe.get(file.url, range === undefined ? {} : { range })).text();
    await zoe.send(file.url, { method: 'HEAD' });
    const seen = await answer<{ downloads: unknown[]; top: unknown[] }>(
      admin.get('/api/admin/analytics?days=7'),
    );
    const day = new Date().toISOString().slice(0, 10);
    expect(seen.downloads).toEqual([{ day, count: 2, bytes: 14 }]);
    expect(seen.top).toMatchObject([{ file: { id: file.id }, count: 2 }]);
    expect(await answer(admin.get('/api/admin/analytics'))).toEqual(seen);
  });
});

describe('the check of the table', () => {
  it('finds rows without files and files without rows, in the background', async () => {
    await using storage = new MemoryStorageProvider();
    await using other = await startApp({ storage });
    const client = await other.client(other.admin);
    const { files } = await answer<{ files: FileView[] }>(
      client.upload({ 'a.txt': 'a', 'b.txt': 'b' }),
      201,
    );
    const rows = await other.database.db.selectFrom('files').select(['id', 'path']).execute();
    const gone = rows.find(({ id }) => id === files[0]?.id)?.path ?? '';
    await storage.delete(gone);
    await storage.upload('lost/found.txt', 'x');
    await storage.upload('thumbnails/x.webp', 'x');
    const state = () => answer<ConsistencyState>(client.get('/api/admin/consistency'));
    expect((await state()).state).toBe('never');
    expect(await answer(client.post('/api/admin/consistency'), 202)).toMatchObject({
      state: 'running',
    });
    await expect.poll(async () => (await state()).state).toBe('done');
    expect(await state()).toMatchObject({
      missingFiles: [{ key: gone }],
      missingRows: [{ key: 'lost/found.txt' }],
      wrongProvider: [],
      counts: { 'missing-file': 1, 'missing-row': 1 },
    });
  });
});

describe('a job', () => {
  it('runs in one process at a time', async () => {
    const { db } = started.database;
    const ran = await withLease(db, 'orphans', async () => {
      expect(await refusal(admin.post('/api/admin/jobs/orphans/run'))).toEqual([409, 'running']);
      return withLease(db, 'orphans', async () => 'twice');
    });
    expect(ran).toEqual({ result: undefined });
    await answer(admin.post('/api/admin/jobs/orphans/run'));
    expect(await refusal(admin.post('/api/admin/jobs/none/run'))).toEqual([404, 'not_found']);
  });

  it('is taken over from a process that has died', async () => {
    const { db } = started.database;
    const held = { holder: 'dead', held_until: new Date(Date.now() - 1).toISOString() };
    await db.updateTable('jobs').set(held).where('name', '=', 'orphans').execute();
    await answer(admin.post('/api/admin/jobs/orphans/run'));
  });

  it('tells when it ran, how that ended and when it runs next', async () => {
    await answer(admin.post('/api/admin/jobs/expired-sessions/run'));
    const jobs = await answer<{ name: string }[]>(admin.get('/api/admin/jobs'));
    expect(jobs.map(({ name }) => name)).toHaveLength(7);
    expect(jobs.find(({ name }) => name === 'expired-sessions')).toMatchObject({
      schedule: '7 * * * *',
      outcome: 'done',
      detail: '0 removed',
      lastRun: expect.stringMatching(/^\d{4}-/),
      nextRun: expect.stringMatching(/:07:00.000Z$/),
    });
  });
});
