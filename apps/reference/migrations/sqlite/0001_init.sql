-- The application as it was before its files could be anywhere but in a directory. Times are ISO 8601 in UTC.
-- In all files here, a statement ends with a `;` at the end of a line, and has no other there.
CREATE TABLE users (
  id TEXT PRIMARY KEY,
  email TEXT NOT NULL UNIQUE, -- in lower case
  name TEXT NOT NULL,
  password TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('user', 'admin')),
  disabled_at TEXT,
  created_at TEXT NOT NULL
);

CREATE TABLE sessions (
  id_hash TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users ON DELETE CASCADE,
  created_at TEXT NOT NULL,
  expires_at TEXT NOT NULL
);

CREATE INDEX sessions_by_user ON sessions (user_id);

CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE folders (
  owner_id TEXT NOT NULL REFERENCES users ON DELETE CASCADE,
  path TEXT NOT NULL,
  created_at TEXT NOT NULL,
  PRIMARY KEY (owner_id, path)
);

CREATE TABLE files (
  id TEXT PRIMARY KEY,
  path TEXT NOT NULL UNIQUE, -- below the directory of uploads
  name TEXT NOT NULL,
  folder TEXT NOT NULL DEFAULT '',
  owner_id TEXT NOT NULL REFERENCES users,
  visibility TEXT NOT NULL DEFAULT 'private' CHECK (visibility IN ('private', 'public')),
  uploaded_at TEXT NOT NULL
);

CREATE INDEX files_by_owner ON files (owner_id, folder);

CREATE INDEX files_by_name ON files (folder, lower(name), id);

CREATE INDEX files_by_upload ON files (uploaded_at, id);

CREATE TABLE shares (
  id TEXT PRIMARY KEY,
  file_id TEXT NOT NULL REFERENCES files ON DELETE CASCADE,
  token_hash TEXT NOT NULL,
  created_by TEXT NOT NULL REFERENCES users,
  created_at TEXT NOT NULL,
  expires_at TEXT NOT NULL,
  downloads INTEGER NOT NULL DEFAULT 0
);

CREATE INDEX shares_by_file ON shares (file_id);

CREATE INDEX shares_by_expiry ON shares (expires_at);

CREATE TABLE downloads (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at TEXT NOT NULL,
  file_id TEXT NOT NULL,
  bytes INTEGER NOT NULL
);

CREATE TABLE download_days (
  day TEXT NOT NULL,
  file_id TEXT NOT NULL,
  count INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  PRIMARY KEY (day, file_id)
);

CREATE TABLE jobs (
  name TEXT PRIMARY KEY,
  holder TEXT,
  held_until TEXT,
  last_run TEXT,
  outcome TEXT,
  detail TEXT
);

CREATE TABLE audit_log (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at TEXT NOT NULL,
  actor_id TEXT,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  detail TEXT NOT NULL,
  address TEXT NOT NULL
);

CREATE INDEX audit_log_by_action ON audit_log (action, id);

CREATE TRIGGER audit_log_keeps_content BEFORE UPDATE ON audit_log BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

CREATE TRIGGER audit_log_keeps_rows BEFORE DELETE ON audit_log BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

-- INSERT OR REPLACE deletes without the trigger above (https://www.sqlite.org/lang_conflict.html).
CREATE TRIGGER audit_log_keeps_ids BEFORE INSERT ON audit_log WHEN EXISTS (SELECT 1 FROM audit_log WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
