-- What storage references update does, for those who have to do it by SQL alone. A template, for psql; not within a transaction.
--
-- The files that the target has come from the journal, here one in SQLite (https://www.sqlite.org/cli.html):
--   sqlite3 -csv uploads.sqlite "SELECT key, target_etag, size, sha256 FROM files WHERE state IN ('copied', 'present')" > moved_files.csv
--   psql -c '\copy moved_files FROM moved_files.csv CSV' (after the CREATE TABLE below)
CREATE TABLE IF NOT EXISTS moved_files (path text COLLATE "C" PRIMARY KEY, etag text, size bigint, checksum text);

-- A thousand rows a transaction. Rows that name another provider by now stay as they are; so it can be run again. The way back: exchange
-- 'local' and 's3', with NULL for the ETag.
DO $$
DECLARE
  batch text[];
  last text COLLATE "C" := '';
BEGIN
  LOOP
    SELECT array_agg(path ORDER BY path), max(path) INTO batch, last
      FROM (SELECT path FROM moved_files WHERE path > last ORDER BY path LIMIT 1000) AS next;
    EXIT WHEN batch IS NULL;
    PERFORM FROM files WHERE path COLLATE "C" = ANY (batch) AND provider = 'local'
      ORDER BY path COLLATE "C" FOR NO KEY UPDATE; -- in one order, so that two don't wait for each other
    UPDATE files SET
        provider = 's3', etag = coalesce(moved.etag, files.etag), size = coalesce(files.size, moved.size),
        checksum = coalesce(files.checksum, moved.checksum), migrated_at = now()
      FROM moved_files AS moved
      WHERE moved.path = ANY (batch) AND files.path COLLATE "C" = moved.path AND files.provider = 'local';
    COMMIT;
  END LOOP;
END $$;

DROP TABLE moved_files;
