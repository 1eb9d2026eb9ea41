import { openPostgresJournal } from '@org/storage-migration';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { postgresServer } from '../../migration/test/postgres.js';
import { setting } from './fixtures.js';

const FILES = { a: 'one', 'dir/b': 'three', 'Übersicht 日本': '' };

const postgres = postgresServer();

async function begun() {
  const { url } = await postgres.database();
  const address = `${url}?schema=uploads`;
  const { storage, place } = await setting(FILES);
  const run = (command: string, ...options: string[]) =>
    storage.run(command, ...place, '--journal', address, ...options);
  return { storage, run, address, url };
}

describe('a journal in PostgreSQL', () => {
  it('is made, and found again by the commands that come after', async () => {
    const { run, storage, address } = await begun();
    const migrated = await run('migrate');
    expect(migrated).toMatchObject({ code: 0 });
    expect(migrated.stderr).toContain('(schema uploads)');
    expect(await run('verify', '--full')).toMatchObject({ code: 0 });
    const status = await storage.run('status', '--journal', address);
    expect(status).toMatchObject({ code: 0 });
    expect(status.stdout).toMatch(/copied\D+3 files/);
    const retired = await run('retire', '--stopped', '--yes', '--delete');
    expect(retired).toMatchObject({ code: 0 });
  });

  it('is missed where there has to be one, and not made', async () => {
    const { run, storage, address } = await begun();
    for (const ended of [await run('verify'), await storage.run('status', '--journal', address)]) {
      expect(ended.code).toBe(2);
      expect(ended.stderr).toContain('there is no journal postgres://');
    }
    expect((await run('migrate')).code).toBe(0);
  });

  it('keeps a second run off', async () => {
    const { run, url } = await begun();
    expect((await run('migrate')).code).toBe(0);
    const client = new pg.Pool({ connectionString: url });
    await using _client = { [Symbol.asyncDispose]: () => client.end() };
    const held = await openPostgresJournal({ client, schema: 'uploads' });
    const kept = await run('migrate').finally(() => held.close());
    expect(kept.code).toBe(2);
    expect(kept.stderr).toContain('another process is working with the journal');
  });

  it('is not reached, and its password is not told', async () => {
    const { run, url } = await begun();
    const { password, host } = new URL(url);
    const away = url.replace(host, '127.0.0.1:1');
    const failed = await run('migrate', '--journal', away);
    expect(failed.code).not.toBe(0);
    expect(failed.stderr).not.toBe('');
    expect(failed.stderr).not.toContain(password);
  });
});
