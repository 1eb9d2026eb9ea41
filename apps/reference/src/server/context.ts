import type { StorageProvider } from '@org/storage-core';
import type { Kysely } from 'kysely';
import type { Sessions } from './accounts/sessions.js';
import type { Users } from './accounts/users.js';
import type { AuditLog } from './admin/audit-log.js';
import type { ConsistencyCheck } from './admin/consistency.js';
import type { Database } from './database/database.js';
import type { Schema } from './database/schema.js';
import type { FileRemoval } from './files/removal.js';
import type { FileStore } from './files/store.js';
import type { Thumbnails } from './files/thumbnails.js';
import type { UnfinishedFiles } from './files/unfinished.js';
import type { Jobs } from './jobs/jobs.js';
import type { AppOptions } from './options.js';
import type { Shares } from './shares/shares.js';

/** What the routes work with. */
export interface Context {
  readonly options: AppOptions;
  readonly database: Database;
  readonly db: Kysely<Schema>;
  readonly storage: StorageProvider;
  readonly now: () => Date;
  /** Without a slash at the end. */
  readonly publicUrl: () => string;
  readonly users: Users;
  readonly sessions: Sessions;
  readonly audit: AuditLog;
  readonly files: FileStore;
  readonly unfinished: UnfinishedFiles;
  readonly removal: FileRemoval;
  readonly thumbnails: Thumbnails;
  readonly shares: Shares;
  readonly jobs: Jobs;
  readonly consistency: ConsistencyCheck;
}
