import { type Postgres, startPostgres } from '@org/storage-testkit/postgres';
import pg from 'pg';
import { afterAll, beforeAll, onTestFinished } from 'vitest';

/** A database, for one test or for all. */
export interface TestDatabase {
  readonly url: string;
  /** Connections to it; ended when the test ends. */
  pool(options?: pg.PoolConfig): pg.Pool;
}

/** A server for the tests of one file. To be called at its top. */
export function postgresServer() {
  let server: Postgres;
  let created = 0;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.stop());

  const connect = (config: pg.PoolConfig): pg.Pool => {
    const pool = new pg.Pool(config);
    pool.on('error', () => {}); // of idle connections that a test breaks
    onTestFinished(() => pool.end());
    return pool;
  };
  const at = (url: string): TestDatabase => ({
    url,
    pool: (options) => connect({ connectionString: url, ...options }),
  });
  return {
    get server() {
      return server;
    },
    /** The database that all tests share. */
    shared: () => at(server.url),
    /** An empty database. It takes longer. */
    async database(): Promise<TestDatabase> {
      const name = `test_${++created}`;
      await connect({ connectionString: server.url }).query(`CREATE DATABASE ${name}`);
      return at(server.url.replace(/[^/]+$/, name));
    },
  };
}
