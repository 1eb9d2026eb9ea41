import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startPostgres } from '@org/storage-testkit/postgres';
import { type S3Server, startS3Server } from '@org/storage-testkit/s3-server';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Database, openDatabase } from '../../src/server/database/database.js';
import { migrateSchema } from '../../src/server/database/migrations.js';
import { openMigration } from '../../src/server/migration/open.js';
import type { MigrationService } from '../../src/server/migration/service.js';
import type { MigrationState } from '../../src/server/migration/state.js';
import { openStorages } from '../../src/server/storages.js';
import { rested, until } from './lab.js';

const run = promisify(execFile);
const cli = createRequire(import.meta.url).resolve('@org/storage-cli/package.json');

let server: S3Server;
let directory: string;
let database: Database;

beforeAll(async () => {
  server = await startS3Server({ buckets: ['app-files', 'app-fleet'] });
});
afterAll(() => server.close());

beforeEach(async () => {
  directory = await realpath(await mkdtemp(join(tmpdir(), 'reference-open-')));
  await mkdir(join(directory, 'files'));
  await mkdir(join(directory, 'spool'));
  database = openDatabase(`sqlite:${join(directory, 'app.sqlite')}`);
  await migrateSchema(database);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await database.close();
  await rm(directory, { recursive: true, force: true });
});

/** Writes `storage.json` with one hybrid storage, `uploads`. */
async function configure(change: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const { endpoint, region, credentials } = server;
  const local = { provider: 'local', root: './files' };
  const bucket = { provider: 's3', bucket: 'app-files', prefix: 'live/', endpoint, region };
  const s3 = { ...bucket, credentials, server: 'aws' };
  const uploads = {
    ...{ provider: 'hybrid', mode: 'source', source: local, target: s3 },
    fleet: { registry: 's3://app-fleet/uploads', heartbeat: 40, drain: 2_000 },
    migration: {
      journal: join(directory, 'journal.sqlite'),
      exclude: ['tmp/**'],
      bandwidth: '1MiB',
    },
    spool: { store: { provider: 'local', root: './spool' }, maxBytes: '1MiB' },
    ...(typeof change['back'] === 'boolean' ? { source: s3, target: local } : change),
  };
  const file = join(directory, 'storage.json');
  await writeFile(file, JSON.stringify({ storages: { uploads } }));
  vi.stubEnv('STORAGE_CONFIG', file);
  return file;
}

/** Brings the application to `hybrid`, and copies. */
async function copied(migration: MigrationService): Promise<MigrationState> {
  for (const mode of ['prepare', 'hybrid'] as const) {
    await migration.setMode(mode);
    await until(migration, (state) => state.mode.wanted === mode && state.mode.reached);
  }
  await migration.start();
  await until(migration, ({ runs }) => runs[0]?.outcome === 'complete');
  return rested(migration);
}

describe('the migration of a configuration', () => {
  it('goes by what that says, with its fleet in a bucket and its spool, and the command goes on with it', async () => {
    const config = await configure();
    for (const [name, content] of Object.entries({ 'a.txt': 'a', 'tmp/b.txt': 'b' })) {
      await mkdir(join(directory, 'files', 'tmp'), { recursive: true });
      await writeFile(join(directory, 'files', name), content);
    }
    const storages = await openStorages();
    const opened = await openMigration(database, { spool: storages.spool });
    try {
      if (opened === undefined) throw new Error('there is a migration');
      const { migration } = opened;
      await storages.storage.exists('nothing');
      expect(await copied(migration)).toMatchObject({
        limits: { concurrency: 16, bandwidth: 2 ** 20 },
        spool: { entries: 0, bytes: 0, oldest: null },
        progress: { states: { copied: { files: 1, bytes: 1 } } },
      });
      expect(await storages.sides?.target.exists('a.txt')).toBe(true);
      expect(await storages.sides?.target.exists('tmp/b.txt')).toBe(false);
    } finally {
      await opened?.close();
      await storages.close();
    }
    const bin = join(cli, '..', 'bin', 'storage.mjs');
    const args = [bin, 'status', '--config', config, '--json'];
    const { stdout } = await run(process.execPath, args, { env: { ...process.env, NODE_ENV: '' } });
    expect(JSON.parse(stdout)).toMatchObject({ files: { copied: { files: 1 } } });
  });

  it('has its journal and its fleet in PostgreSQL, in the schema and the table that the addresses name', async () => {
    await using postgres = await startPostgres();
    const pool = new pg.Pool({ connectionString: postgres.url });
    try {
      const at = (name: string, value: string) =>
        `${postgres.url}?${name}=${value}&application_name=x`;
      await configure({
        fleet: { registry: at('table', 'the_fleet'), heartbeat: 40, drain: 2_000 },
        migration: { journal: at('schema', 'the_journal') },
      });
      await writeFile(join(directory, 'files', 'in-postgres.txt'), 'a');
      const storages = await openStorages();
      const opened = await openMigration(database, { spool: storages.spool });
      try {
        if (opened === undefined) throw new Error('there is a migration');
        const { migration } = opened;
        expect((await migration.state()).runs).toEqual([]); // no journal yet
        await storages.storage.exists('nothing');
        expect(await copied(migration)).toMatchObject({
          progress: { states: { copied: { files: 1, bytes: 1 } } },
        });
        const { rows } = await pool.query(
          `SELECT table_schema AS schema, table_name AS name FROM information_schema.tables
           WHERE table_schema NOT IN ('pg_catalog', 'information_schema')`,
        );
        const tablesOf = (schema: string) =>
          rows.flatMap((row) => (row.schema === schema ? [String(row.name)] : []));
        expect(
          tablesOf('public')
            .filter((name) => name.includes('fleet'))
            .sort(),
        ).toEqual([...['the_fleet', 'the_fleet_tokens', 'the_fleet_wanted']]);
        expect(tablesOf('the_journal').length).toBeGreaterThan(0);
        const schemas = new Set(rows.map(({ schema }) => schema));
        expect(schemas).toEqual(new Set(['public', 'the_journal']));
        const members = await pool.query('SELECT count(*)::int AS members FROM the_fleet');
        expect(members.rows[0].members).toBeGreaterThan(0);
      } finally {
        await opened?.close();
        await storages.close();
      }
      const connections = async () => {
        const { rows } = await pool.query(
          "SELECT count(*)::int AS open FROM pg_stat_activity WHERE application_name = 'x'",
        );
        return rows[0].open;
      };
      await expect.poll(connections).toBe(0);
    } finally {
      await pool.end();
    }
  });

  it('goes back from the bucket, too: no late write is missed, and nothing put aside', async () => {
    await configure({ back: true });
    const opened = await openMigration(database, { name: 'uploads' });
    const { options } = opened?.migration ?? {};
    expect(options).toMatchObject({
      ...{ archive: 'delete', outlast: 900_000, names: { source: 's3', target: 'local' } },
      journal: {
        endpoints: {
          source: `s3://app-files/live/ at ${server.endpoint}`,
          target: join(directory, 'files'),
        },
      },
    });
    await opened?.close();
    const storages = await openStorages();
    expect(storages).toMatchObject({
      bucket: 'app-files',
      sides: { names: { source: 's3', target: 'local' } },
    });
    await storages.close();
  });

  it('is none where there is no hybrid storage, fleet or journal', async () => {
    for (const change of [{ fleet: undefined }, { migration: {} }]) {
      await configure(change);
      expect(await openMigration(database)).toBeUndefined();
    }
  });

  it.each([
    ['a registry in memory', { fleet: { registry: 'memory:' } }, 'known to one provider alone'],
    [
      'hosts with disks of their own',
      { migration: { journal: 'postgres://nobody@127.0.0.1:1/x', disk: 'web-1' } },
      'storage migrate --disk',
    ],
    ['other sides', { source: { provider: 'memory' } }, 'not from memory to s3'],
  ])('is refused with %s', async (_, change, why) => {
    await configure(change);
    await expect(openMigration(database)).rejects.toMatchObject({
      code: 'Unsupported',
      message: expect.stringContaining(why),
    });
  });
});
