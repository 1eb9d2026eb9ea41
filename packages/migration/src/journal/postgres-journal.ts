import { StorageError } from '@org/storage-core';
import type { PostgresClient, PostgresPool } from '../postgres-client.js';
import { diskSchema } from './disk-name.js';
import type { Endpoints, Journal } from './journal.js';
import { alone, takeJournal } from './journal-locks.js';
import { PostgresDatabase } from './postgres-database.js';
import { checkBesideOthers } from './postgres-disks.js';
import { postgresError } from './postgres-error.js';
import { migratePostgresSchema, requirePresentSchema } from './postgres-schema.js';
import { PostgresSession } from './postgres-session.js';
import { type SharedJournal, SharedPostgresJournal } from './shared-journal.js';
import { adopt, openSqlJournal } from './sql-journal.js';

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
   * migration has another one. Default `storage_migration`. The journal of a disk has a schema beside it, called after both.
   */
  readonly schema?: string;
  /** The name of the disk whose journal it is, where not all hosts see the same. Default that of the endpoints. */
  readonly disk?: string;
  /**
   * `work` is for one process at a time, on whichever host · `share` is for those that migrate together, and keeps out who works
   * alone · `look` is for those that read it meanwhile, and write nothing but the control: no lock is taken, and nothing is created.
   * Default `work`.
   */
  readonly access?: JournalAccess;
}

export type JournalAccess = 'work' | 'share' | 'look';

const SCHEMA = /^(?!pg_)[a-z_][a-z0-9_]{0,62}$/;

/**
 * Opens a journal in a PostgreSQL database (14 or newer), which several hosts can reach. Who works with it holds a lock that the
 * server lets go of when the connection breaks; and all that is written goes by that connection, so that nobody writes without the lock.
 * @throws StorageError `Conflict` if another process works with it, `InvalidArgument` if it belongs to another migration or the
 * schema to something else, `NotFound` if it is to be looked at and does not exist, `Unsupported` if a newer release made it or the
 * database takes no writes, `AccessDenied`, `Unavailable`.
 */
export async function openPostgresJournal(
  options: PostgresJournalOptions & { readonly access: 'share' },
): Promise<SharedJournal>;
export async function openPostgresJournal(options: PostgresJournalOptions): Promise<Journal>;
export async function openPostgresJournal(options: PostgresJournalOptions): Promise<Journal> {
  const { client, endpoints, schema: base = 'storage_migration', access = 'work' } = options;
  if (!SCHEMA.test(base)) {
    throw new StorageError(
      'InvalidArgument',
      `${JSON.stringify(base)} can’t be the schema’s name: it has lower-case letters, digits and underscores, at most 63`,
    );
  }
  const { disk = endpoints?.disk?.name } = options;
  if (endpoints !== undefined && disk !== endpoints.disk?.name)
    throw new StorageError('InvalidArgument', `the endpoints are not those of the disk ${disk}`);
  const schema = disk === undefined ? base : diskSchema(base, disk);
  let place = `in the schema ${schema}`;
  const setUp = async (connection: PostgresClient) => {
    place = await placeOf(connection, schema);
    await connection.query(SETTINGS, [schema]);
    if (access === 'look') return requirePresentSchema(connection, place);
    if (access === 'share') await connection.query(SHARED_SETTINGS);
    await takeJournal(connection, schema, place, access);
    await alone(connection, schema, () => migratePostgresSchema(connection, schema, place));
  };
  const end = (connection: PostgresClient) => connection.query('SELECT pg_advisory_unlock_all()');
  const session = new PostgresSession(client, setUp, access === 'look');
  try {
    await session.run(async () => {});
    const database = new PostgresDatabase(place, session, end);
    if (endpoints !== undefined && access !== 'look')
      await database.onConnection((connection) => checkBesideOthers(connection, base, endpoints));
    if (access !== 'share') return await openSqlJournal(database, endpoints, access === 'work');
    const known = await adopt(database, endpoints);
    const [identity] = await database.read('SELECT id FROM identity');
    return new SharedPostgresJournal(database, known, schema, String(identity?.['id']));
  } catch (error) {
    await session.close(end);
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

/** Who is suspended within a transaction must not keep the others waiting for what it has locked. */
const SHARED_SETTINGS = "SELECT set_config('idle_in_transaction_session_timeout', '30s', false)";

async function placeOf(connection: PostgresClient, schema: string): Promise<string> {
  const { rows } = await connection.query(
    'SELECT current_database() AS database, host(inet_server_addr()) AS host, inet_server_port() AS port',
  );
  const { database, host, port } = rows[0] ?? {};
  const server = host === null ? '' : `${String(host)}:${String(port)}`;
  return `postgres://${server}/${String(database)} (schema ${schema})`;
}
