import { StorageError } from '@org/storage-core';
import { type PostgresClient, postgresCode } from '../postgres-client.js';

/**
 * The steps from nothing to the present tables, each of statements; `schema_version` counts those that were taken. A step is never
 * changed once released: a new one is added.
 *
 * Keys are ordered by their UTF-8 bytes, whatever the database's own order. Times are milliseconds since 1970.
 */
const STEPS: readonly (readonly string[])[] = [
  [
    'CREATE TABLE schema_version (version integer NOT NULL)',
    'INSERT INTO schema_version VALUES (0)',
    `CREATE TABLE endpoints (
      single boolean PRIMARY KEY DEFAULT true CHECK (single),
      source text NOT NULL,
      target text NOT NULL
    )`,
    `CREATE TABLE runs (
      number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      id text NOT NULL UNIQUE,
      kind text NOT NULL,
      started bigint NOT NULL,
      ended bigint,
      outcome text NOT NULL
    )`,
    `CREATE TABLE samples (
      number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      run text NOT NULL,
      at bigint NOT NULL,
      files bigint NOT NULL,
      bytes bigint NOT NULL,
      failed bigint NOT NULL,
      retries bigint NOT NULL
    )`,
    'CREATE INDEX samples_by_run ON samples (run, number)',
    `CREATE TABLE control (
      paused integer NOT NULL,
      concurrency integer,
      bandwidth double precision,
      rate double precision
    )`,
    'INSERT INTO control VALUES (0, NULL, NULL, NULL)',
    'CREATE TABLE scan (number bigint NOT NULL)',
    'INSERT INTO scan VALUES (0)',
    `CREATE TABLE files (
      key text COLLATE "C" PRIMARY KEY,
      size bigint NOT NULL,
      source_etag text NOT NULL,
      modified bigint NOT NULL,
      state text NOT NULL,
      attempts integer NOT NULL DEFAULT 0,
      crc32 text,
      sha256 text,
      target_etag text,
      version_id text,
      upload_id text, -- NULL: none; empty: about to begin
      upload_etag text, -- of the source's file that the upload was begun with
      run text,
      error_code text,
      error_message text,
      verification text,
      verified_by text,
      retirement text,
      archived text,
      referenced integer NOT NULL DEFAULT 0,
      scan bigint NOT NULL -- the inventory that saw it last
    )`,
    'CREATE INDEX files_by_state ON files (state, key)',
    'CREATE INDEX files_by_upload ON files (key) WHERE upload_id IS NOT NULL',
    `CREATE TABLE skipped (
      number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      path text COLLATE "C" NOT NULL,
      reason text NOT NULL,
      detail text NOT NULL
    )`,
  ],
  // For those that work with it together.
  [
    'CREATE TABLE identity (id uuid NOT NULL DEFAULT gen_random_uuid())',
    'INSERT INTO identity DEFAULT VALUES',
    'CREATE SEQUENCE participants AS integer CYCLE',
    `CREATE TABLE rounds (
      number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      stage text NOT NULL,
      terms text NOT NULL, -- what all participants go by
      files bigint NOT NULL DEFAULT 0, -- to be looked at
      bytes bigint NOT NULL DEFAULT 0,
      left_files bigint NOT NULL DEFAULT 0, -- that the selection leaves out
      left_bytes bigint NOT NULL DEFAULT 0
    )`,
    `CREATE TABLE claims (
      range uuid PRIMARY KEY, -- the job's
      token bigint NOT NULL,
      holder integer, -- NULL: it was put back
      renewed timestamptz NOT NULL
    )`,
  ],
  // For disks that not all hosts see.
  [
    'ALTER TABLE endpoints ADD COLUMN disk text',
    'ALTER TABLE endpoints ADD COLUMN disk_id text',
    `CREATE TABLE looks (
      number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      at bigint NOT NULL,
      run text,
      found text NOT NULL -- JSON
    )`,
  ],
  ['ALTER TABLE runs ADD COLUMN counts text -- JSON'],
];

/**
 * Brings the tables in the connection's schema to the present version; makes both if they are missing. Whoever calls it is the only
 * one to do so at the time.
 * @throws StorageError `Unsupported` if a newer release made them, `InvalidArgument` if the schema has other tables of these names.
 */
export async function migratePostgresSchema(
  connection: PostgresClient,
  schema: string,
  place: string,
): Promise<void> {
  const version = await schemaVersion(connection);
  refuseNewer(version, place);
  const steps = STEPS.slice(version);
  if (steps.length === 0) return;
  await connection.query('BEGIN');
  try {
    const { rows } = await connection.query('SELECT to_regnamespace(quote_ident($1)) AS oid', [
      schema,
    ]);
    if (rows[0]?.['oid'] === null) await connection.query(`CREATE SCHEMA "${schema}"`);
    for (const step of steps) for (const sql of step) await connection.query(sql);
    await connection.query('UPDATE schema_version SET version = $1', [STEPS.length]);
    await connection.query('COMMIT');
  } catch (error) {
    await connection.query('ROLLBACK').catch(() => {}); // the connection is lost, and the transaction with it
    if (postgresCode(error) !== '42P07') throw error;
    throw new StorageError(
      'InvalidArgument',
      `the schema of the journal ${place} has tables of something else; name a schema of its own`,
      { cause: error },
    );
  }
}

/**
 * For those that change nothing.
 * @throws StorageError `NotFound` if there are no tables, `Unsupported` if another release made them.
 */
export async function requirePresentSchema(
  connection: PostgresClient,
  place: string,
): Promise<void> {
  const version = await schemaVersion(connection);
  if (version === 0) throw new StorageError('NotFound', `there is no journal ${place}`);
  refuseNewer(version, place);
  if (version < STEPS.length) {
    throw new StorageError(
      'Unsupported',
      `the journal ${place} was written by an older release; work with it once, which brings it up to date`,
    );
  }
}

/** 0 for none. */
async function schemaVersion(connection: PostgresClient): Promise<number> {
  const { rows: found } = await connection.query("SELECT to_regclass('schema_version') AS name");
  if (found[0]?.['name'] === null) return 0;
  const { rows } = await connection.query('SELECT version FROM schema_version');
  return Number(rows[0]?.['version'] ?? 0);
}

function refuseNewer(version: number, place: string): void {
  if (version <= STEPS.length) return;
  throw new StorageError(
    'Unsupported',
    `the journal ${place} was written by a newer release; use that one, or another journal`,
  );
}
