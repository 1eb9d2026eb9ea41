import type { Checksums, ETag, Key, StorageErrorCode } from '@org/storage-core';

/**
 * Where a file stands.
 *
 * | state | meaning |
 * | --- | --- |
 * | `pending` | seen in the source, nothing decided yet; or its copy was taken back |
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
export type FileState = (typeof FILE_STATES)[number];

export const FILE_STATES = [
  'pending',
  'copied',
  'present',
  'conflict',
  'failed',
  'gone',
  'superseded',
  'deleted',
  'lost',
] as const;

/** States in which the target holds the source's content. */
export const RESOLVED: readonly FileState[] = ['copied', 'present'];

/** States that keep a migration from being complete. */
export const UNRESOLVED: readonly FileState[] = ['pending', 'conflict', 'failed', 'lost'];

/**
 * What a verification found: `ok`, or the target's copy is `missing` (a loss) or `different`, or the source's file
 * has been `changed` or `removed` since it was copied.
 */
export type VerificationResult = 'ok' | 'missing' | 'different' | 'changed' | 'removed';

/** What vouches for a verified file: a checksum that the server keeps, or its bytes, read back. */
export type VerifiedBy = 'checksum' | 'content';

/**
 * What became of the source's file once the target had it: `retired` it was put aside or deleted · `gone` the application had
 * dropped it · `changed` somebody has written to the source since it was copied · `needed` the target has nothing. The last two stay.
 */
export type RetirementOutcome = 'retired' | 'gone' | 'changed' | 'needed';

export interface FileRecord {
  readonly key: Key;
  /** Bytes. */
  readonly size: number;
  /** Of the source's file when it was last listed. */
  readonly sourceEtag: ETag;
  /** Of the source's file when it was last listed. */
  readonly modified: Date;
  readonly state: FileState;
  /** Of the last run that tried. */
  readonly attempts: number;
  readonly checksums: Checksums;
  readonly targetEtag?: ETag;
  readonly versionId?: string;
  /** The id of the run that copied it. */
  readonly run?: string;
  readonly error?: { readonly code: StorageErrorCode; readonly message: string };
  readonly verification?: VerificationResult;
  readonly verifiedBy?: VerifiedBy;
  readonly retirement?: RetirementOutcome;
  /** Where the source's file is in the archive. */
  readonly archived?: string;
  /** Whether the application's database has been told where it is. */
  readonly referenced: boolean;
}

/** The outcome of one file in one run. `pending`: its copy was taken back. */
export interface FileResult {
  readonly state: FileState;
  readonly attempts: number;
  readonly checksums?: Checksums;
  readonly targetEtag?: ETag;
  readonly versionId?: string;
  /** The run that copied it. */
  readonly run?: string;
  readonly error?: { readonly code: StorageErrorCode; readonly message: string };
}

/** A multipart upload that was begun, or about to begin (no id yet), when its process ended. */
export interface UnfinishedUpload {
  readonly key: Key;
  readonly uploadId?: string;
  /** Of the source's file that it was begun with. */
  readonly sourceEtag?: ETag;
}
