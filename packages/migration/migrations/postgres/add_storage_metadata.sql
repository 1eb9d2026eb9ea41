-- Where each file is, and what is known of it there. A template: the table is files here, its column of keys path.
--
-- PostgreSQL 11 or newer: neither the columns without a default nor the one with a constant default rewrite or scan the table
-- (https://www.postgresql.org/docs/current/sql-altertable.html). The statement needs an ACCESS EXCLUSIVE lock for a moment. While
-- it waits for one, everybody else who comes to the table waits behind it: so it waits three seconds at most, and fails. Run it again
-- then. May be run within a transaction, and again when it was run before.
SET lock_timeout = '3s';

ALTER TABLE files
  ADD COLUMN IF NOT EXISTS provider text NOT NULL DEFAULT 'local',
  ADD COLUMN IF NOT EXISTS etag text,
  ADD COLUMN IF NOT EXISTS size bigint, -- bytes
  ADD COLUMN IF NOT EXISTS content_type text, -- the application's to fill
  ADD COLUMN IF NOT EXISTS checksum text, -- SHA-256 in hexadecimal
  ADD COLUMN IF NOT EXISTS migrated_at timestamptz;

RESET lock_timeout;

-- Next: add_key_index.sql
