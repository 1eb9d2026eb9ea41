import type {
  ETag,
  FileMetadata,
  Key,
  ListedFile,
  SkippedEntry,
  SkipReason,
  StorageErrorCode,
} from '@org/storage-core';
import type { Breakdown, Group } from './breakdown.js';
import type {
  FileRecord,
  FileResult,
  FileState,
  RetirementOutcome,
  UnfinishedUpload,
  VerificationResult,
  VerifiedBy,
} from './file-record.js';
import type { Control, Run, RunCounts, RunKind, RunOutcome, Sample } from './run.js';
import type { SourceLook } from './source-look.js';

export interface Count {
  readonly files: number;
  /** Bytes. */
  readonly bytes: number;
}

/** A disk that not all hosts see. */
export interface Disk {
  /** Lower-case letters, digits and single hyphens between them. */
  readonly name: string;
  /** Something that is on this disk only, by which it is known again; `undefined` where nothing could be written there. */
  readonly id?: string;
}

/** What a journal belongs to: two places, as stable names. */
export interface Endpoints {
  readonly source: string;
  readonly target: string;
  /** Where the source is a disk that only the hosts see which name it so: each disk of a fleet has a journal of its own. */
  readonly disk?: Disk;
}

/** Ties are ordered by key. */
export type FileOrder = 'key' | 'smallest' | 'newest';

/** Where a page ended: its last record. */
export type Position = Pick<FileRecord, 'key' | 'size' | 'modified'>;

/** Keys from one to another in the order of their bytes, both included. */
export interface KeyRange {
  readonly from: Key;
  readonly upTo: Key;
}

export interface PageOptions {
  /** Only files in these states; default all. */
  readonly states?: readonly FileState[];
  /** Only files that this run has copied. */
  readonly run?: string;
  /** Only files that were retired with one of these outcomes; `none` that were not tried. */
  readonly retirements?: readonly (RetirementOutcome | 'none')[];
  /**
   * Only files of which the application's database has been told, or has not; of the latter, with `taken-back`, those of which it had
   * been told before the copy was taken back.
   */
  readonly referenced?: boolean | 'taken-back';
  /** Only files with this error. */
  readonly error?: StorageErrorCode;
  /** Default `key`. */
  readonly order?: FileOrder;
  /** Only files whose keys lie in this range. */
  readonly range?: KeyRange;
  /** Only files that come after this one. */
  readonly after?: Position;
  /** At most so many records. */
  readonly limit: number;
}

/**
 * The record of a migration: one row a file, kept across runs and crashes. A promise of a write resolves when the write
 * is on the disk. Nothing here holds more than a page of files in memory.
 */
export interface Journal {
  /** For people: the file, or the database's address without its password. */
  readonly place: string;
  readonly endpoints: Endpoints;

  startRun(kind: RunKind): Promise<Run>;
  endRun(id: string, outcome: RunOutcome, counts?: RunCounts): Promise<void>;
  /** Newest first. @param limit At most so many; default all. */
  runs(limit?: number): Promise<readonly Run[]>;
  recordSample(run: string, sample: Sample): Promise<void>;
  /** In the order of time. @param newest At most so many of the newest; default all. */
  samples(run: string, newest?: number): Promise<readonly Sample[]>;

  control(): Promise<Control>;
  /** Replaces what was set before. */
  setControl(control: Control): Promise<void>;

  recordLook(look: SourceLook): Promise<void>;
  /** The last one. */
  lastLook(): Promise<SourceLook | undefined>;

  /** Begins an inventory; what the one before skipped is forgotten. */
  startScan(): Promise<void>;
  /**
   * Adds files. One that is known, unchanged and resolved stays so; a changed or unresolved one becomes `pending`.
   */
  recordSeen(files: readonly ListedFile[]): Promise<void>;
  recordSkipped(skipped: readonly SkippedEntry[]): Promise<void>;
  /** Ends the inventory: unresolved files that it did not see become `gone` (default), or `pending`, to be looked at. */
  endScan(options?: { readonly missing?: 'gone' | 'pending' }): Promise<void>;

  /** A page of files. */
  page(options: PageOptions): Promise<readonly FileRecord[]>;
  find(key: Key): Promise<FileRecord | undefined>;
  /** Files and bytes by state; every state is there. */
  totals(): Promise<Readonly<Record<FileState, Count>>>;
  /** Resolved files by the result of their last verification. */
  verifications(): Promise<Readonly<Partial<Record<VerificationResult, number>>>>;
  /** Resolved files whose last verification was not `ok`, or less than this. Content vouches for more than a checksum. */
  unverified(by: VerifiedBy): Promise<number>;
  retirements(): Promise<Readonly<Partial<Record<RetirementOutcome, number>>>>;
  /** Files in groups, those of the most files first. @param limit At most so many groups. */
  breakdown(by: Breakdown, limit: number): Promise<readonly Group[]>;
  skippedTotals(): Promise<Readonly<Partial<Record<SkipReason, number>>>>;
  skipped(): AsyncIterable<SkippedEntry>;

  /** Before a multipart upload begins (without an id), and as soon as its id is known, with the ETag of the source's file. */
  recordUpload(key: Key, uploadId?: string, sourceEtag?: ETag): Promise<void>;
  unfinishedUploads(range?: KeyRange): Promise<readonly UnfinishedUpload[]>;
  /** The upload was completed or aborted. */
  clearUpload(key: Key): Promise<void>;

  /**
   * Also clears the file's upload if it was completed: of any other, parts may be left. A file that is copied anew has not been
   * verified, retired or referenced.
   */
  recordResult(key: Key, result: FileResult): Promise<void>;
  recordVerification(key: Key, result: VerificationResult, by?: VerifiedBy): Promise<void>;
  /** `undefined`: the source has it again. */
  recordRetirement(
    key: Key,
    outcome: RetirementOutcome | undefined,
    archived?: string,
  ): Promise<void>;
  /** The source's file is this version now, with the same content. */
  recordSource(key: Key, file: Pick<FileMetadata, 'etag' | 'lastModified'>): Promise<void>;
  recordReferenced(keys: readonly Key[], referenced: boolean): Promise<void>;

  close(): Promise<void>;
}
