import type {
  Checksums,
  ETag,
  Key,
  ListedFile,
  SkippedEntry,
  SkipReason,
  StorageErrorCode,
} from '@org/storage-core';

/**
 * Where a file stands.
 *
 * | state | meaning |
 * | --- | --- |
 * | `pending` | seen in the source, nothing decided yet |
 * | `copied` | this migration put it into the target |
 * | `present` | the target had the very same content already |
 * | `conflict` | the target has another content under this key; it was left alone |
 * | `failed` | all attempts failed; the next run tries again |
 * | `gone` | it disappeared from the source before it was copied |
 * | `superseded` | the application has written another content to the target, which counts |
 * | `deleted` | the application has deleted it: the target holds a tombstone |
 * | `lost` | neither store has it, and there is no tombstone: something else removed it |
 *
 * The last three come up only while an application works on both stores.
 */
export type FileState =
  | 'pending'
  | 'copied'
  | 'present'
  | 'conflict'
  | 'failed'
  | 'gone'
  | 'superseded'
  | 'deleted'
  | 'lost';

/** States in which the target holds the source's content. */
export const RESOLVED: readonly FileState[] = ['copied', 'present'];

/** States that keep a migration from being complete. */
export const UNRESOLVED: readonly FileState[] = ['pending', 'conflict', 'failed', 'lost'];

/**
 * What a verification found: `ok`, or the target's copy is `missing` (a loss) or `different`, or the source's file
 * has been `changed` or `removed` since it was copied.
 */
export type VerificationResult = 'ok' | 'missing' | 'different' | 'changed' | 'removed';

export interface FileRecord {
  readonly key: Key;
  /** Bytes. */
  readonly size: number;
  /** Of the source's file when it was last listed. */
  readonly sourceEtag: ETag;
  readonly state: FileState;
  /** Of the last run that tried. */
  readonly attempts: number;
  readonly checksums: Checksums;
  readonly targetEtag?: ETag;
  readonly versionId?: string;
  readonly error?: { readonly code: StorageErrorCode; readonly message: string };
  readonly verification?: VerificationResult;
}

/** The outcome of one file in one run. */
export interface FileResult {
  readonly state: Exclude<FileState, 'pending'>;
  readonly attempts: number;
  readonly checksums?: Checksums;
  readonly targetEtag?: ETag;
  readonly versionId?: string;
  readonly error?: { readonly code: StorageErrorCode; readonly message: string };
}

/** A multipart upload that was begun, or about to begin (no id yet), when its process ended. */
export interface UnfinishedUpload {
  readonly key: Key;
  readonly uploadId?: string;
}

export type RunOutcome = 'running' | 'complete' | 'incomplete' | 'interrupted' | 'stopped';

export interface Run {
  readonly id: string;
  readonly started: Date;
  readonly ended?: Date;
  /** `running` after its end means that the process was killed. */
  readonly outcome: RunOutcome;
}

export interface Count {
  readonly files: number;
  /** Bytes. */
  readonly bytes: number;
}

/** What a journal belongs to: two places, as stable names. */
export interface Endpoints {
  readonly source: string;
  readonly target: string;
}

export interface PageOptions {
  /** Only files in these states; default all. */
  readonly states?: readonly FileState[];
  /** Only keys that sort after this one. */
  readonly after?: Key;
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

  startRun(): Promise<Run>;
  endRun(id: string, outcome: RunOutcome): Promise<void>;
  lastRun(): Promise<Run | undefined>;

  /** Begins an inventory; what the one before skipped is forgotten. */
  startScan(): Promise<void>;
  /**
   * Adds files. One that is known, unchanged and resolved stays so; a changed or unresolved one becomes `pending`.
   */
  recordSeen(files: readonly ListedFile[]): Promise<void>;
  recordSkipped(skipped: readonly SkippedEntry[]): Promise<void>;
  /** Ends the inventory: unresolved files that it did not see become `gone` (default), or `pending`, to be looked at. */
  endScan(options?: { readonly missing?: 'gone' | 'pending' }): Promise<void>;

  /** A page of files ordered by key. */
  page(options: PageOptions): Promise<FileRecord[]>;
  find(key: Key): Promise<FileRecord | undefined>;
  /** Files and bytes by state; every state is there. */
  totals(): Promise<Readonly<Record<FileState, Count>>>;
  verifications(): Promise<Readonly<Partial<Record<VerificationResult, number>>>>;
  skippedTotals(): Promise<Readonly<Partial<Record<SkipReason, number>>>>;
  skipped(): AsyncIterable<SkippedEntry>;

  /** Before a multipart upload begins (without an id), and as soon as its id is known. */
  recordUpload(key: Key, uploadId?: string): Promise<void>;
  unfinishedUploads(): Promise<UnfinishedUpload[]>;
  /** The upload was completed or aborted. */
  clearUpload(key: Key): Promise<void>;

  /** Also clears the file's upload if it was completed: of any other, parts may be left. */
  recordResult(key: Key, result: FileResult): Promise<void>;
  recordVerification(key: Key, result: VerificationResult): Promise<void>;

  close(): Promise<void>;
}
