-- Objects that no row of `files` names yet, or any more. A row is here before there is an object, and until there is none: so that what a crash
-- leaves can be found.
CREATE TABLE unfinished_files (
  id TEXT PRIMARY KEY, -- the id that the file will have
  key TEXT NOT NULL UNIQUE,
  state TEXT NOT NULL CHECK (state IN ('upload', 'direct', 'delete')),
  owner_id TEXT,
  name TEXT NOT NULL,
  folder TEXT NOT NULL,
  visibility TEXT NOT NULL,
  content_type TEXT,
  size INTEGER, -- bytes, where they were announced
  upload_id TEXT, -- of an upload in parts
  begun_at TEXT NOT NULL
);

CREATE INDEX unfinished_files_by_age ON unfinished_files (begun_at);
