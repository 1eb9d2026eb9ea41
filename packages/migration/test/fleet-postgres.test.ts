import { describe, expect, it } from 'vitest';
import {
  memberOf,
  testRegistry,
  testSpoiltRegistry,
} from '../../hybrid/test/fleet/registry-cases.js';
import { type PostgresClient, postgresFleetRegistry } from '../src/index.js';
import { postgresServer } from './postgres.js';

const postgres = postgresServer();

let tables = 0;

async function open() {
  const { pool } = postgres.shared();
  const table = `public.fleet_${++tables}`;
  const spoiler = pool();
  return {
    registry: postgresFleetRegistry(pool(), { table }),
    other: postgresFleetRegistry(pool(), { table }),
    spoil: async (id: string, text: string) => {
      await spoiler.query(`UPDATE ${table} SET record = $1 WHERE id = $2`, [text, id]);
    },
    close: async () => {},
  };
}

testRegistry('PostgreSQL', open);
testSpoiltRegistry('PostgreSQL', open);

/** A client that fails once. */
function failingOnce(client: PostgresClient, error: Error): PostgresClient {
  let failed = false;
  return {
    async query(sql, values) {
      if (failed) return client.query(sql, values);
      failed = true;
      throw error;
    },
  };
}

describe('the fleet’s registry in PostgreSQL', () => {
  it('is made by many at once', async () => {
    const { pool } = await postgres.database();
    const registries = Array.from({ length: 12 }, () => postgresFleetRegistry(pool({ max: 1 })));
    const tokens = await Promise.all(registries.map((registry) => registry.nextToken()));
    expect(tokens.sort((a, b) => a - b)).toEqual(tokens.map((_, index) => index + 1));
  });

  it('goes on if another process makes the tables at the same moment', async () => {
    const { pool } = await postgres.database();
    const client = pool();
    const error = Object.assign(new Error('not made'), { code: '23505' });
    await postgresFleetRegistry(client).list();
    expect(await postgresFleetRegistry(failingOnce(client, error)).list()).toEqual([]);
  });

  it('is there for users who may not make tables', async () => {
    const { url, pool } = await postgres.database();
    const owner = pool();
    await postgresFleetRegistry(owner).join(memberOf('a'));
    await owner.query(`
      CREATE ROLE member LOGIN PASSWORD 'p';
      GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO member;`);
    const address = new URL(url);
    [address.username, address.password] = ['member', 'p'];
    const registry = postgresFleetRegistry(pool({ connectionString: address.href }));
    expect(await registry.join(memberOf('b'))).toBeDefined();
    expect((await registry.list()).map(({ member }) => member.id)).toEqual(['a', 'b']);
  });

  it('gives out numbers beyond 32 bits', async () => {
    const { pool } = await postgres.database();
    const client = pool();
    const registry = postgresFleetRegistry(client, { table: 'public.fleet' });
    await registry.nextToken();
    await client.query('UPDATE fleet_tokens SET last = 4294967296'); // beyond 32 bits, which comes as text
    expect([await registry.nextToken(), await registry.nextToken()]).toEqual([
      4294967297, 4294967298,
    ]);
  });

  it('says that the database is not available, and tries again to make its tables', async () => {
    const { pool } = await postgres.database();
    const registry = postgresFleetRegistry(failingOnce(pool(), new Error('ECONNREFUSED')));
    await expect(registry.list()).rejects.toMatchObject({ code: 'Unavailable', retryable: true });
    expect(await registry.join(memberOf('a'))).toBeDefined();
  });

  it('is there again when its connections were broken', async () => {
    const { pool } = await postgres.database();
    const registry = postgresFleetRegistry(pool());
    await registry.join(memberOf('a'));
    await pool().query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    );
    await expect.poll(() => registry.list()).toHaveLength(1);
  });

  it.each(['fleet; DROP TABLE files', 'Fleet', '', 'a.b.c', 'f'.repeat(60)])(
    'refuses the table’s name %j',
    (table) => {
      const client: PostgresClient = { query: () => Promise.reject(new Error('queried')) };
      expect(() => postgresFleetRegistry(client, { table })).toThrow('table’s name');
    },
  );
});
