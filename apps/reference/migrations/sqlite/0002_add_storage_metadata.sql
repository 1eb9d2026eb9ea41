-- Where each file is, and what is known of it there. Adding a column changes the schema alone, whatever the number of rows. What rows of
-- files that there are already lack is filled in by `fillMetadata`, in batches, while the application runs.
ALTER TABLE files ADD COLUMN provider TEXT NOT NULL DEFAULT 'local';
ALTER TABLE files ADD COLUMN key TEXT;
ALTER TABLE files ADD COLUMN bucket TEXT;
ALTER TABLE files ADD COLUMN size INTEGER; -- bytes
ALTER TABLE files ADD COLUMN content_type TEXT;
ALTER TABLE files ADD COLUMN sha256 TEXT; -- hexadecimal
ALTER TABLE files ADD COLUMN etag TEXT;
ALTER TABLE files ADD COLUMN version_id TEXT;
ALTER TABLE files ADD COLUMN migrated_at TEXT;

CREATE INDEX files_by_provider ON files (provider, id);

CREATE INDEX files_without_size ON files (id) WHERE size IS NULL;
