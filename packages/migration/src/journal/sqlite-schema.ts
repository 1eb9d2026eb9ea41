import { StorageError } from '@org/storage-core';
import type Database from 'libsql';

/**
 * The steps from an empty file to the present schema; `user_version` counts those that were taken. A step is never
 * changed once released: a new one is added.
 */
const STEPS: readonly string[] = [
  `
  CREATE TABLE endpoints (source TEXT NOT NULL, target TEXT NOT NULL);
  CREATE TABLE runs (
    id TEXT PRIMARY KEY,
    started INTEGER NOT NULL, -- milliseconds since 1970
    ended INTEGER,
    outcome TEXT NOT NULL
  );
  CREATE TABLE scan (number INTEGER NOT NULL);
  INSERT INTO scan VALUES (0);
  CREATE TABLE files (
    key TEXT PRIMARY KEY,
    size INTEGER NOT NULL,
    source_etag TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    crc32 TEXT,
    sha256 TEXT,
    target_etag TEXT,
    version_id TEXT,
    upload_id TEXT, -- NULL: none; empty: about to begin
    error_code TEXT,
    error_message TEXT,
    verification TEXT,
    scan INTEGER NOT NULL -- the inventory that saw it last
  ) WITHOUT ROWID;
  CREATE INDEX files_by_state ON files (state, key);
  CREATE INDEX files_by_upload ON files (key) WHERE upload_id IS NOT NULL;
  CREATE TABLE skipped (
    path TEXT NOT NULL,
    reason TEXT NOT NULL,
    detail TEXT NOT NULL
  );
  `,
  `
  ALTER TABLE files ADD COLUMN modified INTEGER NOT NULL DEFAULT 0; -- milliseconds since 1970
  ALTER TABLE files ADD COLUMN run TEXT;
  ALTER TABLE files ADD COLUMN verified_by TEXT;
  ALTER TABLE files ADD COLUMN retirement TEXT;
  ALTER TABLE files ADD COLUMN archived TEXT;
  ALTER TABLE files ADD COLUMN referenced INTEGER NOT NULL DEFAULT 0;

  ALTER TABLE runs RENAME TO old_runs;
  CREATE TABLE runs (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    started INTEGER NOT NULL,
    ended INTEGER,
    outcome TEXT NOT NULL
  );
  INSERT INTO runs SELECT rowid, id, 'migrate', started, ended, outcome FROM old_runs;
  DROP TABLE old_runs;

  CREATE TABLE samples (
    number INTEGER PRIMARY KEY,
    run TEXT NOT NULL,
    at INTEGER NOT NULL,
    files INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    retries INTEGER NOT NULL
  );
  CREATE INDEX samples_by_run ON samples (run, number);

  CREATE TABLE control (paused INTEGER NOT NULL, concurrency INTEGER, bandwidth REAL, rate REAL);
  INSERT INTO control VALUES (0, NULL, NULL, NULL);

  ALTER TABLE skipped RENAME TO old_skipped;
  CREATE TABLE skipped (number INTEGER PRIMARY KEY, path TEXT NOT NULL, reason TEXT NOT NULL, detail TEXT NOT NULL);
  INSERT INTO skipped SELECT rowid, path, reason, detail FROM old_skipped;
  DROP TABLE old_skipped;
  `,
  `
  ALTER TABLE files ADD COLUMN upload_etag TEXT; -- of the source's file that the upload was begun with
  `,
  `
  ALTER TABLE endpoints ADD COLUMN disk TEXT;
  ALTER TABLE endpoints ADD COLUMN disk_id TEXT;
  CREATE TABLE looks (number INTEGER PRIMARY KEY, at INTEGER NOT NULL, run TEXT, found TEXT NOT NULL); -- found: JSON
  `,
  `
  ALTER TABLE runs ADD COLUMN counts TEXT; -- JSON
  `,
];

/**
 * Brings the file to the present schema.
 * @throws StorageError `Unsupported` if a newer release wrote it.
 */
export function migrateSchema(database: Database.Database, file: string): void {
  const version = userVersion(database);
  if (version > STEPS.length) {
    throw new StorageError(
      'Unsupported',
      `the journal ${file} was written by a newer release; use that one, or another journal`,
    );
  }
  STEPS.slice(version).forEach((step, index) => {
    database.exec(
      `BEGIN IMMEDIATE; ${step}; PRAGMA user_version = ${version + index + 1}; COMMIT;`,
    );
  });
}

export function userVersion(database: Database.Database): number {
  const row: unknown = database.prepare('PRAGMA user_version').get();
  if (typeof row === 'object' && row !== null && 'user_version' in row)
    return Number(row.user_version);
  throw new StorageError('Unknown', 'SQLite did not tell the schema’s version');
}
