import { RESOLVED, UNRESOLVED } from '../journal/file-record.js';
import type { Count, Journal } from '../journal/journal.js';
import { CostCounter, type CostEstimate } from '../plan/cost.js';
import type { PriceList } from '../plan/price-list.js';
import { failureCauses } from './failure-causes.js';
import type { CopyingOutcome, JournalReport, ReportSummary } from './journal-report.js';
import { reportRuns } from './report-runs.js';
import { type MigrationStatus, migrationStatus, type StatusOptions } from './status.js';
import { storageUsage } from './storage-usage.js';

export interface ReportOptions extends StatusOptions {
  /** From a plan of the same files. */
  readonly cost?: CostEstimate;
  /** In place of `cost`: prices by which it is estimated for the files of the journal. */
  readonly prices?: PriceList;
  /** With `prices`: bytes of a part of a large file. Default 8 MiB, as `S3StorageProvider`. */
  readonly partSize?: number;
  /** Default now. */
  readonly now?: Date;
}

/**
 * Puts a report together from the journal alone. What a run that is under way changes meanwhile may be in one number and not
 * yet in another. The memory does not grow with the number of files.
 */
export async function migrationReport(
  journal: Journal,
  options: ReportOptions = {},
): Promise<JournalReport> {
  const { prices, partSize = 8 * 1024 ** 2, now = new Date() } = options;
  const counter = prices && new CostCounter(prices, partSize);
  const [status, runs, failures] = await Promise.all([
    migrationStatus(journal, options),
    reportRuns(journal, now),
    failureCauses(journal),
  ]);
  const total = sum(Object.values(status.files));
  const usage = await storageUsage(journal, (size) => counter?.add(size));
  const cost = options.cost ?? counter?.result();
  return {
    version: 1,
    made: now,
    summary: await summary(journal, status, total, runs.outcome),
    runs: runs.runs,
    work: runs.work,
    failures,
    usage,
    ...(cost === undefined ? {} : { cost }),
  };
}

async function summary(
  journal: Journal,
  { lastRun: _, verified: results, ...status }: MigrationStatus,
  total: Count,
  outcome: CopyingOutcome,
): Promise<ReportSummary> {
  const [unread, open, retired, referenced] = await Promise.all([
    journal.unverified('content'),
    journal.unverified('checksum'),
    journal.retirements(),
    journal.breakdown('referenced', 2),
  ]);
  const resolved = sum(RESOLVED.map((state) => status.files[state]));
  const left = sum(UNRESOLVED.map((state) => status.files[state]));
  return {
    ...status,
    outcome,
    total,
    share: {
      files: shareOf(total.files - left.files, total.files),
      bytes: shareOf(total.bytes - left.bytes, total.bytes),
    },
    verified: {
      results,
      byContent: resolved.files - unread,
      byChecksum: unread - open,
      open,
    },
    retired,
    referenced: referenced.find(({ name }) => name === '1')?.files ?? 0,
  };
}

/** Of nothing, all is done. */
function shareOf(part: number, whole: number): number {
  return whole === 0 ? 1 : part / whole;
}

function sum(counts: readonly Count[]): Count {
  return {
    files: counts.reduce((total, { files }) => total + files, 0),
    bytes: counts.reduce((total, { bytes }) => total + bytes, 0),
  };
}
