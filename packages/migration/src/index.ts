export { type MigrateOptions, type MigrationReport, migrate } from './backfill/migrate.js';
export type { EventListener, MigrationEvent } from './event.js';
export {
  type PostgresClient,
  type PostgresFleetRegistryOptions,
  postgresFleetRegistry,
} from './fleet/postgres-fleet-registry.js';
export { sqliteFleetRegistry } from './fleet/sqlite-fleet-registry.js';
export {
  FILE_STATES,
  type FileRecord,
  type FileResult,
  type FileState,
  RESOLVED,
  type RetirementOutcome,
  UNRESOLVED,
  type UnfinishedUpload,
  type VerificationResult,
  type VerifiedBy,
} from './journal/file-record.js';
export type {
  Count,
  Endpoints,
  FileOrder,
  Journal,
  PageOptions,
  Position,
} from './journal/journal.js';
export { filesIn } from './journal/file-pages.js';
export type { Control, Run, RunKind, RunOutcome, Sample } from './journal/run.js';
export { openSqliteJournal, type SqliteJournalOptions } from './journal/sqlite-journal.js';
export { Progress, type ProgressSnapshot } from './report/progress.js';
export { type MigrationStatus, migrationStatus, type StatusOptions } from './report/status.js';
export type { Archive, ArchivedFile } from './retire/archive.js';
export { type Retirement, type RetireOptions, retire } from './retire/retire.js';
export { bringBack, type Copied, type RevertOptions, takeBack } from './retire/revert.js';
export { sweep } from './retire/sweep.js';
export type { RetryOptions } from './retry.js';
export { type VerificationReport, type VerifyOptions, verify } from './verify/verify.js';
