import type { Generated, Selectable } from 'kysely';
import type { Role, Visibility } from '../../api-types.js';

/** Times are ISO 8601 in UTC, in both databases. */
type Time = string;

export interface UserRow {
  id: string;
  /** In lower case. */
  email: string;
  name: string;
  /** As `hashPassword` made it. */
  password: string;
  role: Role;
  disabled_at: Time | null;
  created_at: Time;
}

interface SessionRow {
  id_hash: string;
  user_id: string;
  created_at: Time;
  expires_at: Time;
}

interface FolderRow {
  owner_id: string;
  path: string;
  created_at: Time;
}

/** The columns from `provider` on are those of the storage; rows from before they were added know none of it. */
interface FilesTable {
  id: string;
  path: string;
  name: string;
  folder: string;
  owner_id: string;
  visibility: Visibility;
  uploaded_at: Time;
  provider: Generated<string>;
  /** `null` in rows from before: the path is the key. */
  key: string | null;
  bucket: string | null;
  /** Bytes. */
  size: number | null;
  content_type: string | null;
  /** Hexadecimal. */
  sha256: string | null;
  etag: string | null;
  version_id: string | null;
  migrated_at: Time | null;
}

export type FileRow = Selectable<FilesTable>;

/** An object that no row of a file names yet, or any more. */
export interface UnfinishedFileRow {
  id: string;
  key: string;
  /** `upload` through this application, `direct` by the browser to the bucket, `delete` on its way out. */
  state: 'upload' | 'direct' | 'delete';
  owner_id: string | null;
  name: string;
  folder: string;
  visibility: Visibility;
  content_type: string | null;
  /** Bytes that were announced. */
  size: number | null;
  upload_id: string | null;
  begun_at: Time;
}

interface ShareRow {
  id: string;
  file_id: string;
  token_hash: string;
  created_by: string;
  created_at: Time;
  expires_at: Time;
  downloads: Generated<number>;
}

interface DownloadRow {
  id: Generated<number>;
  at: Time;
  file_id: string;
  bytes: number;
}

interface DownloadDayRow {
  /** `YYYY-MM-DD`. */
  day: string;
  file_id: string;
  count: number;
  bytes: number;
}

interface JobRow {
  name: string;
  /** The process that runs it. */
  holder: string | null;
  held_until: Time | null;
  last_run: Time | null;
  outcome: string | null;
  detail: string | null;
}

interface AuditRow {
  id: Generated<number>;
  at: Time;
  actor_id: string | null;
  actor: string;
  action: string;
  subject: string;
  /** JSON. */
  detail: string;
  address: string;
}

export interface Schema {
  users: UserRow;
  sessions: SessionRow;
  folders: FolderRow;
  files: FilesTable;
  unfinished_files: UnfinishedFileRow;
  shares: ShareRow;
  downloads: DownloadRow;
  download_days: DownloadDayRow;
  jobs: JobRow;
  audit_log: AuditRow;
}
