import { createHash } from 'node:crypto';
import { StorageError } from '@org/storage-core';
import type { PostgresClient, PostgresPool } from '../postgres-client.js';
import type { Endpoints, Journal } from './journal.js';
import { PostgresDatabase } from './postgres-database.js';
import { postgresError } from './postgres-error.js';
import { migratePostgresSchema, requirePresentSchema } from './postgres-schema.js';
import { PostgresSession } from './postgres-session.js';
import { openSqlJournal } from './sql-journal.js';

export interface PostgresJournalOptions {
  /**
   * Such as a `Pool` of `pg`, to the primary, without a pooler between that hands connections on after each transaction. The journal
   * keeps one connection until it is closed; the pool is left open.
   */
  readonly client: PostgresPool;
  /** What is migrated. A journal of other endpoints is refused. Without it, an existing journal is opened as it is. */
  readonly endpoints?: Endpoints;
  /**
   * The schema of the journal's own tables, made if it is missing: lower-case letters, digits and underscores. Another
   * migration has another one. Default `storage_migration`.
   */
  readonly schema?: string;
  /**
   * `work` is for one process at a time, on whichever host · `look` is for those that read it meanwhile, and write nothing but the
   * control: no lock is taken, and nothing is created. Default `work`.
   */
  readonly access?: 'work' | 'look';
}

const SCHEMA = /^(?!pg_)[a-z_][a-z0-9_]{0,62}$/;

/**
 * Opens a journal in a PostgreSQL database (14 or newer), which several hosts can reach. Who works with it holds a lock that the
 * server lets go of when the connection breaks; and all that is written goes by that connection, so that nobody writes without the lock.
 * @throws StorageError `Conflict` if another process works with it, `InvalidArgument` if it belongs to another migration or the
 * schema to something else, `NotFound` if it is to be looked at and does not exist, `Unsupported` if a newer release made it or the
 * database takes no writes, `AccessDenied`, `Unavailable`.
 */
export async function openPostgresJournal(options: PostgresJournalOptions): Promise<Journal> {
  const { client, endpoints, schema = 'storage_migration', access = 'work' } = options;
  if (!SCHEMA.test(schema)) {
    throw new StorageError(
      'InvalidArgument',
      `${JSON.stringify(schema)} can’t be the schema’s name: it has lower-case letters, digits and underscores, at most 63`,
    );
  }
  const works = access === 'work';
  const lock = lockKey(schema);
  let place = `in the schema ${schema}`;
  const setUp = async (connection: PostgresClient) => {
    place = await placeOf(connection, schema);
    await connection.query(SETTINGS, [schema]);
    if (!works) return requirePresentSchema(connection, place);
    await takeLock(connection, lock, place);
    await migratePostgresSchema(connection, schema, place);
  };
  const unlock = (connection: PostgresClient) =>
    works ? connection.query('SELECT pg_advisory_unlock($1)', [lock]) : Promise.resolve();
  const session = new PostgresSession(client, setUp, !works);
  try {
    await session.run(async () => {});
    return await openSqlJournal(new PostgresDatabase(place, session, unlock), endpoints);
  } catch (error) {
    await session.close(unlock);
    throw postgresError(error, place);
  }
}

/**
 * Of the session: its schema; no loss of what was committed; the server notices within a minute that the other host is gone, and
 * does not mind a run that pauses.
 */
const SETTINGS = `
  SELECT set_config('search_path', quote_ident($1), false),
    set_config('tcp_keepalives_idle', '30', false),
    set_config('tcp_keepalives_interval', '10', false),
    set_config('tcp_keepalives_count', '3', false),
    set_config('idle_session_timeout', '0', false),
    CASE WHEN current_setting('synchronous_commit') = 'off' THEN set_config('synchronous_commit', 'on', false) END`;

async function placeOf(connection: PostgresClient, schema: string): Promise<string> {
  const { rows } = await connection.query(
    'SELECT current_database() AS database, host(inet_server_addr()) AS host, inet_server_port() AS port',
  );
  const { database, host, port } = rows[0] ?? {};
  const server = host === null ? '' : `${String(host)}:${String(port)}`;
  return `postgres://${server}/${String(database)} (schema ${schema})`;
}

async function takeLock(connection: PostgresClient, lock: string, place: string): Promise<void> {
  const { rows } = await connection.query('SELECT pg_try_advisory_lock($1) AS taken', [lock]);
  if (rows[0]?.['taken'] === true) return;
  throw new StorageError(
    'Conflict',
    `another process is working with the journal ${place}; wait for it to end, or stop it`,
    { retryable: false },
  );
}

/** A number of 64 bits that no other application is likely to lock in this database. */
function lockKey(schema: string): string {
  const digest = createHash('sha256').update(`@org/storage-migration journal ${schema}`).digest();
  return digest.readBigInt64BE().toString();
}
