-- Where each file is, and what is known of it there. Neither columns without a default nor one with a constant default rewrite the table. What
-- rows of files that there are already lack is filled in by `fillMetadata`, in batches, while the application runs.
--
-- The lock that keeps others out is waited for three seconds at most, since everybody else queues up behind it: run it again then. For a
-- table of millions of rows, build the indexes beforehand with CREATE INDEX CONCURRENTLY, which no transaction can.
SET LOCAL lock_timeout = '3s';

ALTER TABLE files
  ADD COLUMN provider text NOT NULL DEFAULT 'local',
  ADD COLUMN key text,
  ADD COLUMN bucket text,
  ADD COLUMN size bigint, -- bytes
  ADD COLUMN content_type text,
  ADD COLUMN sha256 text, -- hexadecimal
  ADD COLUMN etag text,
  ADD COLUMN version_id text,
  ADD COLUMN migrated_at timestamptz;

-- Of the bytes: the order of listings, in which table and stores are compared.
CREATE INDEX IF NOT EXISTS files_by_path ON files (path COLLATE "C");

CREATE INDEX IF NOT EXISTS files_by_provider ON files (provider, id);

CREATE INDEX IF NOT EXISTS files_without_size ON files (id) WHERE size IS NULL;
