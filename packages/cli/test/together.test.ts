import { join } from 'node:path';
import { requireStages } from '@org/storage-hybrid';
import { openPostgresJournal, sqliteFleetRegistry } from '@org/storage-migration';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { postgresServer } from '../../migration/test/postgres.js';
import { setting } from './fixtures.js';

const FILES = Object.fromEntries(
  Array.from({ length: 60 }, (_, index) => [`dir/${index}`, `content ${index}`]),
);

const postgres = postgresServer();

describe('storage migrate --together', () => {
  it('divides the files among those that run it, and each of them tells the end', async () => {
    const { url } = await postgres.database();
    const { storage, place, server } = await setting(FILES);
    const run = (...options: string[]) =>
      storage.spawned('migrate', ...place, '--journal', url, '--together', ...options);
    const ends = await Promise.all([run(), run(), run('--json')]);
    for (const { code, stderr } of ends) expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(ends[0]?.stdout).toContain('Complete after');
    const created = server.requests
      .last()
      .filter(
        ({ operation, key, status }) =>
          operation === 'PutObject' && key?.startsWith('files/dir/') && status === 200,
      );
    expect(created).toHaveLength(60);
    const status = await storage.run('status', '--journal', url);
    expect(status.stdout).toMatch(/copied\D+60 files/);
  });

  it('is refused with a journal in a file, beside one that works alone, and for an order that can’t be kept', async () => {
    const { url } = await postgres.database();
    const { storage, place } = await setting({ a: 'one' });
    const run = (...options: string[]) =>
      storage.run('migrate', ...place, '--together', ...options);
    const inFile = await run();
    expect(inFile.code).toBe(2);
    expect(inFile.stderr).toContain('can’t share the journal');
    const ordered = await run('--journal', url, '--order', 'smallest');
    expect(ordered.code).toBe(2);
    expect(ordered.stderr).toContain('order "smallest"');
    const ofOne = await run('--journal', url, '--disk', 'web1');
    expect(ofOne.code).toBe(2);
    expect(ofOne.stderr).toContain('only this host sees');
    const client = new pg.Pool({ connectionString: url });
    await using _client = { [Symbol.asyncDispose]: () => client.end() };
    const alone = await openPostgresJournal({ client });
    const refused = await run('--journal', url).finally(() => alone.close());
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('another process is working');
  });

  it('beside an application: with a lease that the others of the journal don’t mind', async () => {
    const { url } = await postgres.database();
    const { storage, place, home } = await setting({ a: 'one' });
    const fleet = join(home, 'fleet.sqlite');
    const run = () =>
      storage.run(
        ...['migrate', ...place, '--journal', url, '--together', '--fleet', `sqlite:${fleet}`],
      );
    const registry = sqliteFleetRegistry(fleet);
    await registry.list(); // which makes it
    expect((await run()).code).toBe(0);
    const client = new pg.Pool({ connectionString: url });
    await using _client = { [Symbol.asyncDispose]: () => client.end() };
    const journal = await openPostgresJournal({ client, access: 'share' });
    const allowed = ['settled'] as const;
    const { group } = journal;
    const other = await requireStages({ registry, allowed, group });
    expect((await run()).code).toBe(0);
    await other.release();
    const alone = await requireStages({ registry, allowed });
    const refused = await run();
    expect(refused.code).toBe(3);
    expect(refused.stderr).toContain('is at work');
    await alone.release();
    await registry.close();
    await journal.close();
  });
});
