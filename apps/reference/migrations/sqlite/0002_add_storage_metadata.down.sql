-- What the columns tell is lost; rows and files stay as they are. Only when all files are in the directory again.
DROP INDEX files_without_size;
DROP INDEX files_by_provider;
ALTER TABLE files DROP COLUMN migrated_at;
ALTER TABLE files DROP COLUMN version_id;
ALTER TABLE files DROP COLUMN etag;
ALTER TABLE files DROP COLUMN sha256;
ALTER TABLE files DROP COLUMN content_type;
ALTER TABLE files DROP COLUMN size;
ALTER TABLE files DROP COLUMN bucket;
ALTER TABLE files DROP COLUMN key;
ALTER TABLE files DROP COLUMN provider;
