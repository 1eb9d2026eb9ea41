import type { SkipReason } from '@org/storage-core';
import { type FileState, UNRESOLVED, type VerificationResult } from '../journal/file-record.js';
import type { Count, Journal } from '../journal/journal.js';
import type { Run } from '../journal/run.js';

/** Where a migration stands, all runs together. */
export interface MigrationStatus {
  readonly journal: string;
  readonly source: string;
  readonly target: string;
  readonly lastRun?: Run;
  readonly files: Readonly<Record<FileState, Count>>;
  /** Things in the source that are no files with a key, by reason. */
  readonly skipped: Readonly<Partial<Record<SkipReason, number>>>;
  /** Resolved files by the result of their last verification. */
  readonly verified: Readonly<Partial<Record<VerificationResult, number>>>;
  /** Files and skipped things that stand between here and a complete migration; also copies that a verification has found missing. */
  readonly unresolved: number;
}

export interface StatusOptions {
  /** Kinds of skipped things that are known and meant not to be migrated. Default none. */
  readonly accept?: readonly SkipReason[];
}

/** Reads a migration's standing from its journal. */
export async function migrationStatus(
  journal: Journal,
  { accept = [] }: StatusOptions = {},
): Promise<MigrationStatus> {
  const [files, skipped, verified, [lastRun]] = await Promise.all([
    journal.totals(),
    journal.skippedTotals(),
    journal.verifications(),
    journal.runs(1),
  ]);
  const open = UNRESOLVED.reduce((sum, state) => sum + files[state].files, 0);
  const passedOver = (Object.keys(skipped) as SkipReason[])
    .filter((reason) => !accept.includes(reason))
    .reduce((sum, reason) => sum + (skipped[reason] ?? 0), 0);
  return {
    journal: journal.place,
    ...journal.endpoints,
    ...(lastRun === undefined ? {} : { lastRun }),
    files,
    skipped,
    verified,
    unresolved: open + passedOver + (verified.missing ?? 0),
  };
}
