-- Takes back add_storage_metadata.sql. Only when the table is no longer asked where files are: what the columns tell is lost. Each DROP
-- COLUMN rewrites the table (https://www.sqlite.org/lang_altertable.html, SQLite 3.35 or newer), and nobody else can write meanwhile.
BEGIN IMMEDIATE;

DROP INDEX IF EXISTS files_by_path;
ALTER TABLE files DROP COLUMN migrated_at;
ALTER TABLE files DROP COLUMN checksum;
ALTER TABLE files DROP COLUMN content_type;
ALTER TABLE files DROP COLUMN size;
ALTER TABLE files DROP COLUMN etag;
ALTER TABLE files DROP COLUMN provider;

COMMIT;
