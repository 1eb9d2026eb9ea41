-- Takes back add_storage_metadata.sql; remove_key_index.sql comes before. Only when the table is no longer asked where files are: what the
-- columns tell is lost. Nothing is rewritten: the values stay in the rows, unseen, until these are written anew.
SET lock_timeout = '3s';

ALTER TABLE files
  DROP COLUMN IF EXISTS provider,
  DROP COLUMN IF EXISTS etag,
  DROP COLUMN IF EXISTS size,
  DROP COLUMN IF EXISTS content_type,
  DROP COLUMN IF EXISTS checksum,
  DROP COLUMN IF EXISTS migrated_at;

RESET lock_timeout;
