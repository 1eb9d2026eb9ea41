import { type Postgres, startPostgres } from '@org/storage-testkit/postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FileView } from '../../src/api-types.js';
import { startApp } from '../app.js';
import { answer } from '../client.js';

let postgres: Postgres;

beforeAll(async () => {
  postgres = await startPostgres();
});

afterAll(() => postgres.stop());

describe('the application on PostgreSQL', () => {
  it('does what it does on SQLite', async () => {
    await using started = await startApp({ database: postgres.url });
    const zoe = await started.client(started.user);
    const admin = await started.client(started.admin);
    const form = { 'b.txt': 'bb', 'A.txt': 'a', 'c_%.txt': 'ccc' };
    const { files } = await answer<{ files: FileView[] }>(zoe.upload(form, { folder: 'x/y' }), 201);
    const names: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: { items: FileView[]; nextCursor: string | null } = await answer(
        zoe.get(
          `/api/files?folder=x/y&limit=1&sort=name${cursor === '' ? '' : `&cursor=${cursor}`}`,
        ),
      );
      names.push(...page.items.map(({ name }) => name));
      cursor = page.nextCursor;
    }
    expect(names).toEqual(['A.txt', 'b.txt', 'c_%.txt']);
    for (const sort of ['size', 'uploadedAt']) {
      const first = await answer<{ nextCursor: string }>(
        zoe.get(`/api/files?folder=x/y&limit=2&sort=${sort}`),
      );
      const rest = await answer<{ items: FileView[] }>(
        zoe.get(`/api/files?folder=x/y&sort=${sort}&cursor=${first.nextCursor}`),
      );
      expect(rest.items, sort).toHaveLength(1);
    }
    const found = await answer<{ items: FileView[] }>(zoe.get('/api/files?query=_%25'));
    expect(found.items.map(({ name }) => name)).toEqual(['c_%.txt']);
    const top = await answer<{ folders: unknown[] }>(zoe.get('/api/files'));
    expect(top.folders).toEqual([{ path: 'x', name: 'x', files: 3, bytes: 6 }]);
    await (await zoe.get(files[0]?.url ?? '')).text();
    expect(await answer(admin.get('/api/admin/analytics'))).toMatchObject({
      downloads: [{ count: 1, bytes: 2 }],
    });
    for (const job of await answer<{ name: string }[]>(admin.get('/api/admin/jobs')))
      await answer(admin.post(`/api/admin/jobs/${job.name}/run`));
    const { items } = await answer<{ items: { id: string; files: number; bytes: number }[] }>(
      admin.get('/api/admin/users'),
    );
    expect(items.map(({ files, bytes }) => [files, bytes])).toEqual([
      [0, 0],
      [3, 6],
    ]);
    await answer(admin.patch(`/api/admin/users/${items[1]?.id}`, { role: 'admin' }));
    await answer(admin.post('/api/admin/consistency'), 202);
    const check = () => answer<{ state: string }>(admin.get('/api/admin/consistency'));
    await expect.poll(async () => (await check()).state).toBe('done');
    expect(await check()).toMatchObject({ counts: {} });
    const ids = files.map(({ id }) => id);
    const outcome = await answer(admin.post('/api/admin/files/batch', { action: 'delete', ids }));
    expect(outcome).toEqual({ done: ids, failed: [] });
  });
});
