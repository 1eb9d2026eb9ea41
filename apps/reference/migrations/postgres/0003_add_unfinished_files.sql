-- Objects that no row of `files` names yet, or any more. A row is here before there is an object, and until there is none: so that what a crash
-- leaves can be found.
CREATE TABLE unfinished_files (
  id text PRIMARY KEY, -- the id that the file will have
  key text NOT NULL UNIQUE,
  state text NOT NULL CHECK (state IN ('upload', 'direct', 'delete')),
  owner_id text,
  name text NOT NULL,
  folder text NOT NULL,
  visibility text NOT NULL,
  content_type text,
  size bigint, -- bytes, where they were announced
  upload_id text, -- of an upload in parts
  begun_at timestamptz NOT NULL
);

CREATE INDEX unfinished_files_by_age ON unfinished_files (begun_at);
