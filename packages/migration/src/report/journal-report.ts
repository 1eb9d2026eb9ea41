import type { Key, StorageErrorCode } from '@org/storage-core';
import type { Group } from '../journal/breakdown.js';
import type { FileState, RetirementOutcome, VerificationResult } from '../journal/file-record.js';
import type { Count } from '../journal/journal.js';
import type { Run, RunKind, RunOutcome } from '../journal/run.js';
import type { CostEstimate } from '../plan/cost.js';
import type { SizeClass } from '../plan/size-class.js';
import type { MigrationStatus } from './status.js';
import type { Rate, TimelinePoint } from './timeline.js';

/** All that a journal tells of a migration, for people and programs. It serializes as JSON; times become ISO 8601. */
export interface JournalReport {
  /** Of this shape. */
  readonly version: 1;
  readonly made: Date;
  readonly summary: ReportSummary;
  /** Newest first. */
  readonly runs: readonly ReportedRun[];
  /** How fast each kind of run was, all runs of the kind together; those without samples are left out. */
  readonly work: readonly ReportedWork[];
  /** Unresolved files with an error, the commonest first. */
  readonly failures: readonly FailureCause[];
  readonly usage: StorageUsage;
  /** Of the target, as it was handed in. */
  readonly cost?: CostEstimate;
}

/**
 * How the copying stands: as its last run ended (`running`: it is under way) · `silent` it has not ended, and has given no sign
 * of life for a minute: it was killed, or hangs · `none` there was no run.
 */
export type CopyingOutcome = RunOutcome | 'silent' | 'none';

export interface ReportSummary extends Omit<MigrationStatus, 'lastRun' | 'verified'> {
  readonly outcome: CopyingOutcome;
  readonly total: Count;
  /** What nothing is left to be done for, of all files: between 0 and 1. */
  readonly share: { readonly files: number; readonly bytes: number };
  readonly verified: {
    /** Resolved files by the result of their last verification. */
    readonly results: Readonly<Partial<Record<VerificationResult, number>>>;
    /** Resolved files that were found whole, by their bytes, or by the server's checksum alone. */
    readonly byContent: number;
    readonly byChecksum: number;
    /** Resolved files that were not found whole, or not looked at. */
    readonly open: number;
  };
  readonly retired: Readonly<Partial<Record<RetirementOutcome, number>>>;
  /** Resolved files of which the application's database has been told. */
  readonly referenced: number;
}

export interface ReportedRun extends Run {
  /** Seconds, up to its end or its last sign of life. */
  readonly seconds: number;
  readonly files: number;
  /** Bytes. */
  readonly bytes: number;
  readonly failed: number;
  readonly retries: number;
}

export interface ReportedWork {
  readonly kind: RunKind;
  /** Seconds at work. */
  readonly seconds: number;
  /** A second. */
  readonly files: Rate;
  /** Bytes a second. */
  readonly bytes: Rate;
  /** At most 200, in the order of time. */
  readonly timeline: readonly TimelinePoint[];
}

export interface FailureCause {
  readonly code: StorageErrorCode;
  readonly files: number;
  /** Bytes. */
  readonly bytes: number;
  /** The first three by their key. */
  readonly examples: readonly FailureExample[];
}

export interface FailureExample {
  readonly key: Key;
  readonly state: FileState;
  readonly message: string;
}

export interface StorageUsage {
  /** Classes that have files. */
  readonly sizes: readonly SizeClass[];
  /** By extension of the key, in lower case; empty: none. Those of the most files; the others are in `otherExtensions`. */
  readonly extensions: readonly Group[];
  readonly otherExtensions: Count;
}
