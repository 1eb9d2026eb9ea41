import { wantMode } from '@org/storage-hybrid';
import { postgresFleetRegistry } from '@org/storage-migration';
import { type Postgres, startPostgres } from '@org/storage-testkit/postgres';
import pg from 'pg';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import type { ConfigurationInput } from '../../src/index.js';
import { factoryOf, until } from './fixtures.js';

let server: Postgres;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

const TABLE = 'uploads_fleet';

function hybrid(registry: string): ConfigurationInput {
  return {
    storages: {
      files: {
        ...{ provider: 'hybrid', mode: 'source' },
        ...{ source: { provider: 'memory' }, target: { provider: 'memory' } },
        fleet: { registry, heartbeat: '20ms', drain: '1h', margin: '1m' },
      },
    },
  };
}

function onlooker() {
  const pool = new pg.Pool({ connectionString: server.url });
  onTestFinished(() => pool.end());
  return { pool, registry: postgresFleetRegistry(pool, { table: TABLE }) };
}

it('a fleet’s registry in PostgreSQL knows the process, leads it to the mode that is wanted, and is closed with the factory', async () => {
  const { pool, registry } = onlooker();
  const members = async () => (await registry.list()).map(({ member }) => member);
  const { factory } = await factoryOf(hybrid(`${server.url}?table=${TABLE}`));
  const storage = await factory.get();
  await storage.upload('a', 'x');
  expect(await members()).toMatchObject([{ role: 'application', stages: ['source'] }]);
  await wantMode({ registry, mode: 'prepare' });
  await until(async () => (await members())[0]?.stages.join() === 'prepare');
  await factory.close();
  expect(await members()).toEqual([]);
  const connections = async () => {
    const { rows } = await pool.query(
      "SELECT FROM pg_stat_activity WHERE application_name = 'storage'",
    );
    return rows.length;
  };
  await until(async () => (await connections()) === 0);
});

it('a database that does not let it in fails what is written, and no error tells the password', async () => {
  const url = new URL(server.url);
  url.username = 'nobody';
  url.password = 'hunter2';
  const { factory } = await factoryOf(hybrid(url.href));
  const storage = await factory.get();
  const refused = await storage.upload('a', 'x').then(
    () => 'opened',
    (error: unknown) => error,
  );
  expect(refused).toMatchObject({ code: expect.stringMatching(/AccessDenied|Unavailable/) });
  expect(JSON.stringify(refused) + String(refused)).not.toContain('hunter2');
});
