-- The application as it was before its files could be anywhere but in a directory.
-- In all files here, a statement ends with a `;` at the end of a line, and has no other there.
CREATE TABLE users (
  id text PRIMARY KEY,
  email text NOT NULL UNIQUE, -- in lower case
  name text NOT NULL,
  password text NOT NULL,
  role text NOT NULL CHECK (role IN ('user', 'admin')),
  disabled_at timestamptz,
  created_at timestamptz NOT NULL
);

CREATE TABLE sessions (
  id_hash text PRIMARY KEY,
  user_id text NOT NULL REFERENCES users ON DELETE CASCADE,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL
);

CREATE INDEX sessions_by_user ON sessions (user_id);

CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE folders (
  owner_id text NOT NULL REFERENCES users ON DELETE CASCADE,
  path text COLLATE "C" NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (owner_id, path)
);

CREATE TABLE files (
  id text COLLATE "C" PRIMARY KEY,
  path text NOT NULL UNIQUE, -- below the directory of uploads
  name text COLLATE "C" NOT NULL,
  folder text COLLATE "C" NOT NULL DEFAULT '',
  owner_id text NOT NULL REFERENCES users,
  visibility text NOT NULL DEFAULT 'private' CHECK (visibility IN ('private', 'public')),
  uploaded_at timestamptz NOT NULL
);

CREATE INDEX files_by_owner ON files (owner_id, folder);

CREATE INDEX files_by_name ON files (folder, lower(name), id);

CREATE INDEX files_by_upload ON files (uploaded_at, id);

CREATE TABLE shares (
  id text PRIMARY KEY,
  file_id text NOT NULL REFERENCES files ON DELETE CASCADE,
  token_hash text NOT NULL,
  created_by text NOT NULL REFERENCES users,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  downloads bigint NOT NULL DEFAULT 0
);

CREATE INDEX shares_by_file ON shares (file_id);

CREATE INDEX shares_by_expiry ON shares (expires_at);

CREATE TABLE downloads (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL,
  file_id text NOT NULL,
  bytes bigint NOT NULL
);

CREATE TABLE download_days (
  day text NOT NULL,
  file_id text NOT NULL,
  count bigint NOT NULL,
  bytes bigint NOT NULL,
  PRIMARY KEY (day, file_id)
);

CREATE TABLE jobs (
  name text PRIMARY KEY,
  holder text,
  held_until timestamptz,
  last_run timestamptz,
  outcome text,
  detail text
);

CREATE TABLE audit_log (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL,
  actor_id text,
  actor text NOT NULL,
  action text NOT NULL,
  subject text NOT NULL,
  detail text NOT NULL,
  address text NOT NULL
);

CREATE INDEX audit_log_by_action ON audit_log (action, id);

CREATE FUNCTION refuse_change_of_audit_log() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$;

CREATE TRIGGER audit_log_keeps_rows BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_audit_log();
