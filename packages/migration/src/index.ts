export type { ConcurrencyBounds } from './backfill/adaptive-concurrency.js';
export {
  type Adopt,
  type AdoptedAs,
  type AdoptFromOptions,
  adoptFrom,
} from './backfill/adopt.js';
export {
  type DryRunOptions,
  type DryRunReport,
  dryRun,
  type Intention,
} from './backfill/dry-run.js';
export { type MigrateOptions, type MigrationReport, migrate } from './backfill/migrate.js';
export { requireNewDirectory } from './backfill/new-directory.js';
export type { PaceOptions, PaceState } from './backfill/pace-state.js';
export type { Selection } from './backfill/selection.js';
export type { TimeWindow } from './backfill/time-windows.js';
export type { BulkOptions, BulkReport } from './bulk-run.js';
export type { Clock } from './clock.js';
export type { EventListener, MigrationEvent, VerificationOutcome } from './event.js';
export type { FailureBudget } from './failures.js';
export {
  type PostgresFleetRegistryOptions,
  postgresFleetRegistry,
} from './fleet/postgres-fleet-registry.js';
export { sqliteFleetRegistry } from './fleet/sqlite-fleet-registry.js';
export { CONDITION_IDS, type Condition, type ConditionId } from './gate/condition.js';
export { type CutoverOptions, type CutoverReport, cutover } from './gate/cutover.js';
export type { DiskReport, FleetDisks } from './gate/disk-conditions.js';
export { type GateOptions, type GateReport, gate } from './gate/gate.js';
export type { Breakdown, Group } from './journal/breakdown.js';
export { type DiskJournals, postgresDisks } from './journal/disk-journals.js';
export { checkDiskName } from './journal/disk-name.js';
export { filesIn } from './journal/file-pages.js';
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
  Disk,
  Endpoints,
  FileOrder,
  Journal,
  KeyRange,
  PageOptions,
  Position,
} from './journal/journal.js';
export type { DiskEndpoints } from './journal/postgres-disks.js';
export {
  type JournalAccess,
  openPostgresJournal,
  type PostgresJournalOptions,
} from './journal/postgres-journal.js';
export type { Control, Run, RunCounts, RunKind, RunOutcome, Sample } from './journal/run.js';
export { isSharedJournal, type SharedJournal } from './journal/shared-journal.js';
export type { SourceLook, Witness } from './journal/source-look.js';
export { openSqliteJournal, type SqliteJournalOptions } from './journal/sqlite-journal.js';
export { type ClassCost, type CostEstimate, parseCostEstimate } from './plan/cost.js';
export type { PlanEvent } from './plan/event.js';
export type { AgeCount, PlanInventory, TypeCount } from './plan/inventory.js';
export { type MigrationPlan, type PlanOptions, plan } from './plan/plan.js';
export {
  type PriceList,
  parsePriceList,
  type StorageClassPrices,
  type Tier,
} from './plan/price-list.js';
export { knownPrices, pricesOf } from './plan/prices.js';
export type { PlanProblem, ProblemKind, ProblemSummary } from './plan/problem.js';
export type { SizeClass } from './plan/size-class.js';
export type { TimeEstimate, TimeLimit, VerificationTime, WindowCount } from './plan/time.js';
export type { TypeOf } from './plan/type-check.js';
export type { PostgresClient, PostgresConnection, PostgresPool } from './postgres-client.js';
export {
  type CheckReferencesOptions,
  checkReferences,
  type ReferenceCheck,
  type ReferenceFinding,
  type ReferenceFindingKind,
} from './references/check-references.js';
export { type KeyMapping, prefixedKeys } from './references/key-mapping.js';
export { postgresReferences } from './references/postgres-references.js';
export type {
  Moved,
  MovedFile,
  Reference,
  ReferencePageOptions,
  ReferenceStore,
} from './references/reference-store.js';
export type { ReferenceColumns, ReferenceTableOptions } from './references/reference-table.js';
export { type ReferenceUpdates, referenceUpdates } from './references/reference-updates.js';
export { sqliteReferences } from './references/sqlite-references.js';
export {
  type ReferenceCounts,
  type ReferenceProblem,
  type ReferencesReport,
  type StoreNames,
  type UpdateReferencesOptions,
  updateReferences,
} from './references/update-references.js';
export { EXPORT_COLUMNS, type ExportOptions, exportFiles } from './report/export.js';
export { failureCauses } from './report/failure-causes.js';
export {
  counted,
  formatBytes,
  formatCount,
  formatFiles,
  formatRate,
  formatSeconds,
  printable,
} from './report/format.js';
export { reportHtml } from './report/html/report-html.js';
export type {
  CopyingOutcome,
  FailureCause,
  FailureExample,
  JournalReport,
  ReportedRun,
  ReportedWork,
  ReportSummary,
  StorageUsage,
} from './report/journal-report.js';
export { migrationReport, type ReportOptions } from './report/migration-report.js';
export { REASON_NAMES, STATE_NAMES } from './report/names.js';
export { Progress, type ProgressSnapshot } from './report/progress.js';
export { reportCsv } from './report/report-csv.js';
export { reportMarkdown } from './report/report-markdown.js';
export { lastSign, SILENCE } from './report/report-runs.js';
export { runResult } from './report/run-result.js';
export { sizeName } from './report/sections.js';
export { type MigrationStatus, migrationStatus, type StatusOptions } from './report/status.js';
export type { Rate, TimelinePoint } from './report/timeline.js';
export type { Archive, ArchivedFile, ArchiveEntry, ListedArchive } from './retire/archive.js';
export type { HeldLease } from './retire/authority.js';
export { type CleanOptions, type CleanReport, clean } from './retire/clean.js';
export {
  type RestoreFilesOptions,
  type RestoreReport,
  restoreFiles,
} from './retire/restore-files.js';
export { type Retirement, type RetireOptions, retire } from './retire/retire.js';
export {
  type RetireFilesOptions,
  type RetireReport,
  retireFiles,
} from './retire/retire-files.js';
export { bringBack, type Copied, type RevertOptions, takeBack } from './retire/revert.js';
export { type RevertReport, type RevertRunOptions, revertRun } from './retire/revert-run.js';
export { sweep } from './retire/sweep.js';
export {
  type SweepReport,
  type SweepTombstonesOptions,
  sweepTombstones,
} from './retire/sweep-tombstones.js';
export type { RetryOptions } from './retry.js';
export {
  type BackgroundSync,
  type BackgroundSyncOptions,
  createBackgroundSync,
  type SyncStatus,
} from './sync/background-sync.js';
export {
  type HealthServer,
  type HealthServerOptions,
  startHealthServer,
} from './sync/health-server.js';
export { type MigrateTogetherOptions, migrateTogether } from './together/migrate-together.js';
export { type KeepVerifyingOptions, keepVerifying } from './verify/keep-verifying.js';
export type { SampleOptions, SampleSize } from './verify/sample.js';
export { type VerificationReport, type VerifyOptions, verify } from './verify/verify.js';
export type { OpenStores, WorkerStores, WorkersOptions } from './workers/options.js';
