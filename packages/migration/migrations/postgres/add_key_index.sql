-- The index by which rows are found, changed and compared with the stores. It is of the keys' bytes (COLLATE "C"): any other order is
-- not that of the stores, and an index of another collation is of no use here. It leaves out provider, so that a change of it
-- need not touch the index (a HOT update).
--
-- CONCURRENTLY: the application goes on writing. It can't be run within a transaction: run this file on its own, by psql -f, or tell the tool
-- that runs your migrations not to open one. A build that is broken off leaves an invalid index: run remove_key_index.sql, then this again.
CREATE INDEX CONCURRENTLY IF NOT EXISTS files_by_path ON files (path COLLATE "C");
