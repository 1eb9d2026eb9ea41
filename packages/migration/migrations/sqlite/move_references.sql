-- What storage references update does, for those who have to do it by SQL alone. A template; the journal must be attached:
--   ATTACH 'uploads.sqlite' AS journal;
--
-- A thousand rows at a time, so that others get to write: run it again until changes() is 0. Rows that name another provider by now stay
-- as they are. The way back: exchange 'local' and 's3', with NULL for the ETag.
UPDATE files SET
    provider = 's3', etag = coalesce(moved.target_etag, files.etag), size = coalesce(files.size, moved.size),
    checksum = coalesce(files.checksum, moved.sha256), migrated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
  FROM journal.files AS moved
  WHERE moved.key = files.path COLLATE BINARY AND files.provider = 'local'
    AND files.rowid IN (
      SELECT own.rowid FROM main.files AS own JOIN journal.files AS file ON file.key = own.path COLLATE BINARY
      WHERE own.provider = 'local' AND file.state IN ('copied', 'present') LIMIT 1000
    );
