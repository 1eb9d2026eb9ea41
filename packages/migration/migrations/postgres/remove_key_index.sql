-- Not within a transaction, as add_key_index.sql.
DROP INDEX CONCURRENTLY IF EXISTS files_by_path;
