-- What the columns tell is lost; rows and files stay as they are. Only when all files are in the directory again.
SET LOCAL lock_timeout = '3s';

DROP INDEX files_by_path;

ALTER TABLE files
  DROP COLUMN provider,
  DROP COLUMN key,
  DROP COLUMN bucket,
  DROP COLUMN size,
  DROP COLUMN content_type,
  DROP COLUMN sha256,
  DROP COLUMN etag,
  DROP COLUMN version_id,
  DROP COLUMN migrated_at;
