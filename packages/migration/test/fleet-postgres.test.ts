import { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  memberOf,
  testRegistry,
  testSpoiltRegistry,
} from '../../hybrid/test/fleet/registry-cases.js';
import { type PostgresClient, postgresFleetRegistry } from '../src/index.js';

const database = new PGlite();
beforeAll(() => database.waitReady);
afterAll(() => database.close());

let tables = 0;

async function open() {
  const table = `public.fleet_${tables++}`;
  return {
    registry: postgresFleetRegistry(database, { table }),
    other: postgresFleetRegistry(database, { table }),
    spoil: async (id: string, text: string) => {
      await database.query(`UPDATE ${table} SET record = $1 WHERE id = $2`, [text, id]);
    },
    close: async () => {
      await database.exec(`DROP TABLE IF EXISTS ${table}, ${table}_tokens`);
    },
  };
}

testRegistry('PostgreSQL', open);
testSpoiltRegistry('PostgreSQL', open);

/** A client that fails once. */
function failingOnce(error: Error): PostgresClient {
  let failed = false;
  return {
    async query(sql, values) {
      if (failed) return database.query(sql, values);
      failed = true;
      throw error;
    },
  };
}

describe('the fleet’s registry in PostgreSQL', () => {
  it.each([
    ['another process makes the tables at the same moment', '23505'],
    ['the tables are there, and it may not make any', '42501'],
  ])('goes on if %s', async (_, code) => {
    const error = Object.assign(new Error('not made'), { code });
    await postgresFleetRegistry(database, { table: 'made' }).list();
    expect(await postgresFleetRegistry(failingOnce(error), { table: 'made' }).list()).toEqual([]);
  });

  it('says that the database is not available, and tries again to make its tables', async () => {
    const registry = postgresFleetRegistry(failingOnce(new Error('ECONNREFUSED')));
    await expect(registry.list()).rejects.toMatchObject({ code: 'Unavailable', retryable: true });
    expect(await registry.join(memberOf('a'))).toBeDefined();
  });

  it('reads numbers that the client hands out as text', async () => {
    const asText: PostgresClient = {
      async query(sql, values) {
        const { rows } = await database.query<Record<string, unknown>>(sql, values);
        const texts = Object.entries(rows[0] ?? {}).map(([name, value]) => [name, String(value)]);
        return { rows: rows.length === 0 ? [] : [Object.fromEntries(texts)] };
      },
    };
    const registry = postgresFleetRegistry(asText, { table: 'texts' });
    expect([await registry.nextToken(), await registry.nextToken()]).toEqual([1, 2]);
  });

  it.each(['fleet; DROP TABLE files', 'Fleet', '', 'a.b.c', 'f'.repeat(60)])(
    'refuses the table’s name %j',
    (table) => {
      expect(() => postgresFleetRegistry(database, { table })).toThrow('table’s name');
    },
  );
});
