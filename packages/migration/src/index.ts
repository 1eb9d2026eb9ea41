export type { Archive, ArchivedFile } from './archive.js';
export type { EventListener, MigrationEvent } from './event.js';
export {
  type Count,
  type Endpoints,
  type FileRecord,
  type FileResult,
  type FileState,
  type Journal,
  type PageOptions,
  RESOLVED,
  type Run,
  type RunOutcome,
  UNRESOLVED,
  type UnfinishedUpload,
  type VerificationResult,
} from './journal.js';
export { type MigrateOptions, type MigrationReport, migrate } from './migrate.js';
export {
  type PostgresClient,
  type PostgresFleetRegistryOptions,
  postgresFleetRegistry,
} from './postgres-fleet-registry.js';
export { Progress, type ProgressSnapshot } from './progress.js';
export { type MigrationStatus, migrationStatus, type StatusOptions } from './report.js';
export { type Retirement, type RetireOptions, retire } from './retire.js';
export type { RetryOptions } from './retry.js';
export { bringBack, type Copied, type RevertOptions, takeBack } from './revert.js';
export { sqliteFleetRegistry } from './sqlite-fleet-registry.js';
export { openSqliteJournal, type SqliteJournalOptions } from './sqlite-journal.js';
export { sweep } from './sweep.js';
export { type VerificationReport, type VerifyOptions, verify } from './verify.js';
