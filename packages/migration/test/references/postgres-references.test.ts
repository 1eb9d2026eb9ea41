import { type Postgres, startPostgres } from '@org/storage-testkit/postgres';
import { Pool } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { postgresReferences } from '../../src/index.js';
import { FILES, keys } from './tables.js';

let server: Postgres;
let pool: Pool;
beforeAll(async () => {
  server = await startPostgres();
  pool = new Pool({ connectionString: server.url });
});
afterAll(async () => {
  await pool.end();
  await server.stop();
});

/** Rows lie in the table in the reverse order of their keys. */
beforeEach(async () => {
  await pool.query(`
    DROP TABLE IF EXISTS files;
    CREATE TABLE files (path text, provider text NOT NULL DEFAULT 'local');
    INSERT INTO files (path) VALUES ('c'), ('b'), ('a');
    CREATE INDEX files_by_path ON files (path COLLATE "C")`);
});

const batch = keys('a', 'b', 'c').map((key) => ({ key }));

/** The table, for a client with these settings. */
function references(settings: Readonly<Record<string, string>> = {}) {
  const options = Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`);
  const own = new Pool({ connectionString: server.url, options: options.join(' ') });
  onTestFinished(() => own.end());
  return postgresReferences(own, FILES);
}

/** A transaction of the application's, which keeps a row locked until it ends. */
async function holding(path: string, provider: string) {
  const application = await pool.connect();
  await application.query('BEGIN');
  await application.query('UPDATE files SET provider = $2 WHERE path = $1', [path, provider]);
  return async () => {
    await application.query('COMMIT');
    application.release();
  };
}

async function waiting(count: number): Promise<void> {
  const sql = "SELECT count(*)::int AS count FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
  while ((await pool.query(sql)).rows[0].count < count);
}

const providers = async () =>
  (await pool.query('SELECT path, provider FROM files ORDER BY path')).rows.map(
    ({ path, provider }) => `${path} ${provider}`,
  );

describe('a table in PostgreSQL', () => {
  it('does not deadlock, in whatever order two find their rows', async () => {
    const byIndex = references({ enable_seqscan: 'off' });
    const asTheyLie = references({
      ...{ enable_indexscan: 'off', enable_bitmapscan: 'off', enable_indexonlyscan: 'off' },
      ...{ enable_nestloop: 'off', enable_mergejoin: 'off' },
    });
    const commit = await holding('b', 'local');
    const both = [byIndex, asTheyLie].map((one) => one.moved(batch, 'local', 's3'));
    await waiting(2);
    await commit();
    const [first, second] = await Promise.all(both);
    expect([...(first?.changed ?? []), ...(second?.changed ?? [])].sort()).toEqual(['a', 'b', 'c']);
    expect(await providers()).toEqual(['a s3', 'b s3', 'c s3']);
  });

  it('leaves a row alone that the application changes meanwhile', async () => {
    const commit = await holding('b', 'cdn');
    const moved = references().moved(batch, 'local', 's3');
    await waiting(1);
    await commit();
    expect(await moved).toMatchObject({
      ...{ changed: ['a', 'c'], other: [{ key: 'b', providers: ['cdn'] }] },
    });
    expect(await providers()).toEqual(['a s3', 'b cdn', 'c s3']);
  });

  it('does not keep others from referring to a row', async () => {
    await pool.query(`
      CREATE UNIQUE INDEX ON files (path);
      CREATE TABLE pages (path text REFERENCES files (path))`);
    onTestFinished(() => pool.query('DROP TABLE pages').then(() => {}));
    const commit = await holding('c', 'local');
    const moved = references().moved(batch, 'local', 's3');
    await waiting(1); // it has locked `a`
    await pool.query("SET lock_timeout = '10s'; INSERT INTO pages VALUES ('a')");
    await commit();
    expect((await moved).changed).toHaveLength(3);
  });

  it('says that it may be tried again if a row stays locked', async () => {
    const commit = await holding('b', 'cdn');
    const moved = references({ lock_timeout: '10ms' }).moved(batch, 'local', 's3');
    await expect(moved).rejects.toMatchObject({ code: 'Conflict', retryable: true });
    await commit();
    expect(await providers()).toEqual(['a local', 'b cdn', 'c local']);
  });

  it.each([
    ['40P01', 'Conflict', true],
    ['40001', 'Conflict', true],
    ['57P01', 'Unavailable', true],
    ['08006', 'Unavailable', true],
    ['ECONNREFUSED', 'Unavailable', true],
    ['EPIPE', 'Unavailable', true],
    ['53100', 'QuotaExceeded', false],
    ['42501', 'AccessDenied', false],
    ['28P01', 'AccessDenied', false],
    ['23514', 'InvalidArgument', false],
    ['XX000', 'Unknown', false],
  ])('takes the error %s for %s', async (code, expected, retryable) => {
    const query = () => Promise.reject(Object.assign(new Error('why'), { code }));
    const asked = postgresReferences({ query }, FILES).page({ limit: 1 });
    await expect(asked).rejects.toMatchObject({ code: expected, retryable });
    await expect(asked).rejects.toThrow('the table "files": why');
  });

  it('finds its rows by the index', async () => {
    const asked: [string, unknown[]][] = [];
    const store = postgresReferences(
      {
        query(sql, values = []) {
          asked.push([sql, values]);
          return pool.query(sql, values);
        },
      },
      FILES,
    );
    await pool.query(
      "INSERT INTO files SELECT 'f' || n FROM generate_series(1, 20000) AS n; ANALYZE files",
    );
    await store.page({ limit: 10 });
    await store.page({ limit: 10, after: 'b' });
    await store.moved(batch, 'local', 's3');
    for (const [sql, values] of asked) {
      const { rows } = await pool.query(`EXPLAIN ${sql}`, values);
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
      expect(plan).toContain('files_by_path');
      expect(plan).not.toContain('Seq Scan');
      expect(plan).not.toMatch(/Sort Key: t\.path/); // a page is not all rows, sorted
    }
    expect(asked).toHaveLength(4);
  });
});
