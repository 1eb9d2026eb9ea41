import { join } from 'node:path';
import { parseKey } from '@org/storage-core';
import Database from 'libsql';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { openPostgresJournal, openSqliteJournal, type PostgresPool } from '../../src/index.js';
import { endpoints, temporaryDirectory } from '../fixtures.js';
import { postgresServer, type TestDatabase } from '../postgres.js';
import { testJournal } from './contract.js';
import { file, scan, states } from './store.js';

const PATIENCE = { timeout: 30_000 };

const postgres = postgresServer();

let schemas = 0;

testJournal('PostgreSQL', async () => {
  const { url, pool } = postgres.shared();
  const schema = `journal_${++schemas}`;
  return {
    open: (opening) => openPostgresJournal({ client: pool(), schema, ...opening }),
    expression: `migration.openPostgresJournal({
      client: new (require('pg').Pool)({ connectionString: ${JSON.stringify(url)} }),
      ...${JSON.stringify({ endpoints, schema })},
    })`,
  };
});

/** The journal of a database of its own, to work with. */
async function journalIn({ pool }: TestDatabase) {
  const journal = await openPostgresJournal({ client: pool(), endpoints });
  onTestFinished(() => journal.close());
  return journal;
}

/** Makes the server refuse to add files. @param when A condition; default always. */
async function failInserts({ pool }: TestDatabase, code: string, when = 'true'): Promise<void> {
  await pool().query(`
    CREATE SEQUENCE public.attempts;
    CREATE FUNCTION public.fail() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM nextval('public.attempts');
        IF ${when} THEN RAISE EXCEPTION 'forced' USING ERRCODE = '${code}'; END IF;
        RETURN NEW;
      END $$;
    CREATE TRIGGER fail BEFORE INSERT ON storage_migration.files
      FOR EACH STATEMENT EXECUTE FUNCTION public.fail();`);
}

describe('a journal in PostgreSQL', () => {
  it('tells its database and schema, and no password', async () => {
    const { server } = postgres;
    const journal = await journalIn(await postgres.database());
    expect(journal.place).toMatch(
      new RegExp(
        `^postgres://127\\.0\\.0\\.1:${server.port}/test_\\d+ \\(schema storage_migration\\)$`,
      ),
    );
  });

  it('has the same columns as one in SQLite', async () => {
    const database = await postgres.database();
    await journalIn(database);
    const { rows } = await database
      .pool()
      .query<{ table_name: string; column_name: string }>(
        `SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'storage_migration'`,
      );
    const path = join(await temporaryDirectory(), 'journal.sqlite');
    await (await openSqliteJournal({ file: path, endpoints })).close();
    const sqlite = new Database(path);
    const columns = sqlite
      .prepare<unknown[]>(
        `SELECT m.name AS "table", c.name AS "column" FROM sqlite_master AS m JOIN pragma_table_info(m.name) AS c WHERE m.type = 'table'`,
      )
      .all() as { table: string; column: string }[];
    sqlite.close();
    const own = [
      ...['endpoints.single', 'schema_version.version', 'identity.id'],
      ...['number', 'stage', 'terms', 'files', 'bytes', 'left_files', 'left_bytes'].map(
        (column) => `rounds.${column}`,
      ),
      ...['range', 'token', 'holder', 'renewed'].map((column) => `claims.${column}`),
    ];
    expect(new Set(rows.map((row) => `${row.table_name}.${row.column_name}`))).toEqual(
      new Set([...own, ...columns.map(({ table, column }) => `${table}.${column}`)]),
    );
  });

  it('inserts a page of an inventory by one statement', async () => {
    const { pool } = await postgres.database();
    const statements: string[] = [];
    const inner = pool();
    const client: PostgresPool = {
      async connect() {
        const connection = await inner.connect();
        return {
          on: (event, listener) => connection.on(event, listener),
          release: (destroy) => connection.release(destroy),
          query(sql, values) {
            statements.push(sql);
            return connection.query(sql, values);
          },
        };
      },
    };
    const journal = await openPostgresJournal({ client, endpoints });
    onTestFinished(() => journal.close());
    statements.length = 0;
    await journal.recordSeen(Array.from({ length: 1000 }, (_, index) => file(`f${index}`)));
    expect(statements.map((sql) => sql.slice(0, 6))).toEqual(['BEGIN', 'INSERT', 'COMMIT']);
  });

  it('lets writes that come together share a transaction', async () => {
    const database = await postgres.database();
    const journal = await journalIn(database);
    const keys = Array.from({ length: 100 }, (_, index) => parseKey(`f${index}`));
    await scan(journal, ...keys.map((key) => file(key)));
    const committed = async () => {
      const { rows } = await database
        .pool()
        .query('SELECT count(DISTINCT xmin::text) AS transactions FROM storage_migration.files');
      return Number(rows[0]?.transactions);
    };
    await Promise.all(
      keys.map((key) => journal.recordResult(key, { state: 'copied', attempts: 1 })),
    );
    expect(await committed()).toBe(1);
  });

  it('is in the schema that is named, beside others', async () => {
    const { pool } = await postgres.database();
    const [one, two] = await Promise.all(
      ['one', 'select'].map((schema) =>
        openPostgresJournal({ client: pool(), endpoints: { source: schema, target: 't' }, schema }),
      ),
    );
    onTestFinished(async () => void (await Promise.all([one?.close(), two?.close()])));
    expect([one?.endpoints.source, two?.endpoints.source]).toEqual(['one', 'select']);
  });

  it.each(['', 'Uploads', 'a.b', 'a"; DROP TABLE files; --', 'pg_mine', 'x'.repeat(64)])(
    'refuses the schema’s name %j',
    async (schema) => {
      const client: PostgresPool = { connect: () => Promise.reject(new Error('connected')) };
      await expect(openPostgresJournal({ client, endpoints, schema })).rejects.toMatchObject({
        code: 'InvalidArgument',
      });
    },
  );

  it('leaves a schema alone that has tables of something else', async () => {
    const { pool } = await postgres.database();
    const client = pool();
    await client.query('CREATE TABLE files (name text)');
    await expect(
      openPostgresJournal({ client, endpoints, schema: 'public' }),
    ).rejects.toMatchObject({ code: 'InvalidArgument', message: /a schema of its own/ });
    const { rows } = await client.query(
      "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'",
    );
    expect(rows).toEqual([{ table_name: 'files' }]);
  });

  it('is refused if a newer release has made it, to work with and to look at', async () => {
    const database = await postgres.database();
    await (await journalIn(database)).close();
    await database.pool().query('UPDATE storage_migration.schema_version SET version = 99');
    for (const access of ['work', 'look'] as const) {
      await expect(
        openPostgresJournal({ client: database.pool(), endpoints, access }),
      ).rejects.toMatchObject({ code: 'Unsupported', message: /newer release/ });
    }
  });

  it('is made by a user who may only use a schema that was made for it', async () => {
    const { url, pool } = await postgres.database();
    const role = `migrator_${Date.now()}`;
    await pool().query(`CREATE ROLE ${role} LOGIN PASSWORD 'p'`);
    const own = new URL(url);
    own.username = role;
    own.password = 'p';
    const client = pool({ connectionString: own.href });
    await expect(openPostgresJournal({ client, endpoints })).rejects.toMatchObject({
      code: 'AccessDenied',
    });
    await pool().query(`CREATE SCHEMA storage_migration AUTHORIZATION ${role}`);
    await (await openPostgresJournal({ client, endpoints })).close();
  });

  it('leaves the pool’s connections as they were', async () => {
    const client = (await postgres.database()).pool({ max: 1 });
    await client.query('SELECT 1');
    await (await openPostgresJournal({ client, endpoints })).close();
    expect((await client.query('SHOW search_path')).rows).toEqual([
      { search_path: '"$user", public' },
    ]);
  });

  it('waits for the disk where the database is set up not to', async () => {
    const database = await postgres.database();
    await database
      .pool()
      .query(
        `DO $$ BEGIN EXECUTE 'ALTER DATABASE ' || current_database() || ' SET synchronous_commit = off'; END $$`,
      );
    const { pool } = database;
    const inner = pool();
    const settings: unknown[] = [];
    const client: PostgresPool = {
      async connect() {
        const connection = await inner.connect();
        return {
          on: (event, listener) => connection.on(event, listener),
          release: (destroy) => connection.release(destroy),
          async query(sql, values) {
            if (sql === 'COMMIT')
              settings.push((await connection.query('SHOW synchronous_commit')).rows[0]);
            return connection.query(sql, values);
          },
        };
      },
    };
    const journal = await openPostgresJournal({ client, endpoints });
    onTestFinished(() => journal.close());
    settings.length = 0;
    await journal.startRun('migrate');
    expect(settings).toEqual([{ synchronous_commit: 'on' }]);
  });
});

describe('a journal in PostgreSQL, when something fails', () => {
  it('says what is wrong with the address, the user or the password, and never the password', async () => {
    const { url, pool } = await postgres.database();
    const open = async (change: (address: URL) => void) => {
      const address = new URL(url);
      change(address);
      const client = pool({ connectionString: address.href });
      return openPostgresJournal({ client, endpoints }).then(
        () => expect.fail('it was opened'),
        (error: unknown) => error,
      );
    };
    const refused = await open((address) => {
      address.port = '1';
    });
    expect(refused).toMatchObject({ code: 'Unavailable', message: /ECONNREFUSED/ });
    const denied = await open((address) => {
      address.password = 'not-the-password';
    });
    expect(denied).toMatchObject({ code: 'AccessDenied', message: /refuses the user/ });
    expect(String(denied)).not.toContain('not-the-password');
    const missing = await open((address) => {
      address.pathname = '/elsewhere';
    });
    expect(missing).toMatchObject({ code: 'NotFound', message: /elsewhere/ });
  });

  it('says that the disk is full, and goes on when there is room', async () => {
    const database = await postgres.database();
    const journal = await journalIn(database);
    await failInserts(database, '53100');
    await expect(journal.recordSeen([file('a')])).rejects.toMatchObject({
      code: 'QuotaExceeded',
      message: /make room/,
    });
    await database.pool().query('DROP TRIGGER fail ON storage_migration.files');
    await journal.recordSeen([file('a')]);
    expect(await states(journal)).toEqual({ a: 'pending' });
  });

  it('writes all of what shared a transaction, or nothing', async () => {
    const database = await postgres.database();
    const journal = await journalIn(database);
    await scan(journal, file('a'));
    await database
      .pool()
      .query("ALTER TABLE storage_migration.files ADD CHECK (error_code <> 'Unknown')");
    const error = { code: 'Unknown', message: '' } as const;
    const results = await Promise.allSettled([
      journal.recordResult(parseKey('a'), { state: 'copied', attempts: 1 }),
      journal.recordResult(parseKey('a'), { state: 'failed', attempts: 1, error }),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await states(journal)).toEqual({ a: 'pending' });
  });

  it.each(['40001', '40P01'])(
    'writes again what the server has undone for another transaction’s sake (%s), for a while',
    async (code) => {
      const database = await postgres.database();
      const journal = await journalIn(database);
      await failInserts(database, code, "currval('public.attempts') % 8 <> 3");
      await journal.recordSeen([file('a')]);
      expect(await states(journal)).toEqual({ a: 'pending' });
      await database
        .pool()
        .query(
          'CREATE OR REPLACE FUNCTION public.fail() RETURNS trigger LANGUAGE plpgsql AS ' +
            `$$ BEGIN RAISE EXCEPTION 'forced' USING ERRCODE = '${code}'; END $$`,
        );
      await expect(journal.recordSeen([file('b')])).rejects.toMatchObject({
        code: 'Conflict',
        retryable: true,
      });
    },
  );

  it('refuses to work with a database that takes no writes, and lets it be looked at', async () => {
    const database = await postgres.database();
    await scan(await journalIn(database), file('a'));
    const client = database.pool({ options: '-c default_transaction_read_only=on' });
    const onlooker = await openPostgresJournal({ client, access: 'look' });
    onTestFinished(() => onlooker.close());
    expect(await states(onlooker)).toEqual({ a: 'pending' });
    await expect(onlooker.setControl({ paused: true })).rejects.toMatchObject({
      code: 'Unsupported',
      message: /connect to the primary/,
    });
    const other = await postgres.database();
    const replica = other.pool({ options: '-c default_transaction_read_only=on' });
    await expect(openPostgresJournal({ client: replica, endpoints })).rejects.toMatchObject({
      code: 'Unsupported',
    });
  });

  /** Ends all connections to the database, as a restart of the server does. */
  async function breakConnections({ pool }: TestDatabase): Promise<void> {
    await pool().query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    );
  }

  it('writes nothing once its connection broke, since another process may work with it', async () => {
    const database = await postgres.database();
    const journal = await journalIn(database);
    await scan(journal, file('a'));
    await breakConnections(database);
    const other = await vi.waitFor(
      () => openPostgresJournal({ client: database.pool() }),
      PATIENCE,
    );
    onTestFinished(() => other.close());
    const write = journal.recordResult(parseKey('a'), { state: 'copied', attempts: 1 });
    await expect(write).rejects.toMatchObject({ code: 'Unavailable', retryable: false });
    await other.close(); // even when nobody does
    await expect(journal.startRun('verify')).rejects.toMatchObject({
      code: 'Unavailable',
      message: /run again/,
    });
    await expect(journal.control()).rejects.toMatchObject({ code: 'Unavailable' });
    await journal.close();
    const again = await journalIn(database);
    expect(await states(again)).toEqual({ a: 'pending' });
  });

  it('fails a write that is under way when its connection breaks, and those that wait', async () => {
    const database = await postgres.database();
    const journal = await journalIn(database);
    const pool = database.pool();
    const holder = await pool.connect();
    onTestFinished(() => holder.release());
    await holder.query('BEGIN; LOCK TABLE storage_migration.files');
    const first = journal.recordSeen([file('a')]);
    const waiting = vi.waitFor(async () => {
      const { rows } = await pool.query(
        "SELECT FROM pg_locks WHERE NOT granted AND locktype = 'relation'",
      );
      expect(rows).toHaveLength(1);
    }, PATIENCE);
    await waiting;
    const second = journal.startRun('verify');
    const read = journal.totals();
    const outcomes = Promise.allSettled([first, second, read]);
    await pool.query(
      "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE NOT granted AND locktype = 'relation'",
    );
    expect((await outcomes).map(({ status }) => status)).toEqual([
      'rejected',
      'rejected',
      'rejected',
    ]);
    for (const outcome of await outcomes)
      if (outcome.status === 'rejected')
        expect(outcome.reason).toMatchObject({ code: 'Unavailable' });
  });

  it('goes on being looked at after its connection broke', async () => {
    const database = await postgres.database();
    await (await journalIn(database)).close();
    const onlooker = await openPostgresJournal({ client: database.pool(), access: 'look' });
    onTestFinished(() => onlooker.close());
    await breakConnections(database);
    expect(await vi.waitFor(() => onlooker.control(), PATIENCE)).toEqual({ paused: false });
    await onlooker.setControl({ paused: true });
    expect(await onlooker.control()).toEqual({ paused: true });
  });
});
