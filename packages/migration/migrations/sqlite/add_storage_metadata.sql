-- Where each file is, and what is known of it there. A template: the table is files here, its column of keys path.
--
-- Adding a column changes the schema alone, whatever the number of rows (https://www.sqlite.org/lang_altertable.html); building the index
-- reads the table once, and nobody else can write meanwhile. Run it once: SQLite has no ADD COLUMN IF NOT EXISTS.
BEGIN IMMEDIATE;

ALTER TABLE files ADD COLUMN provider TEXT NOT NULL DEFAULT 'local';
ALTER TABLE files ADD COLUMN etag TEXT;
ALTER TABLE files ADD COLUMN size INTEGER; -- bytes
ALTER TABLE files ADD COLUMN content_type TEXT; -- the application's to fill
ALTER TABLE files ADD COLUMN checksum TEXT; -- SHA-256 in hexadecimal
ALTER TABLE files ADD COLUMN migrated_at TEXT; -- ISO 8601, UTC

-- By which rows are found, changed and compared with the stores. Not needed if path is a PRIMARY KEY or UNIQUE, and has no collation.
CREATE INDEX IF NOT EXISTS files_by_path ON files (path COLLATE BINARY);

COMMIT;
