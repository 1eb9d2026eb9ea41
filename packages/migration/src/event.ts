import type { Key, SkippedEntry, StorageError } from '@org/storage-core';
import type { Intention } from './backfill/dry-run.js';
import type { PaceState } from './backfill/pace-state.js';
import type { FileState, VerificationResult } from './journal/file-record.js';
import type { Count } from './journal/journal.js';
import type { RunKind } from './journal/run.js';

/** What happens during a migration or a verification, for progress displays and logs. Counts are in files and bytes. */
export type MigrationEvent =
  /** The inventory so far. */
  | { readonly type: 'scanning'; readonly seen: Count }
  | { readonly type: 'skipped'; readonly entry: SkippedEntry }
  /** The inventory is complete; `todo` is what this run has to look at. */
  | { readonly type: 'scanned'; readonly seen: Count; readonly todo: Count }
  /** Together with others: they take the inventory; or they have all ranges of keys that are left, until they end or are gone. */
  | { readonly type: 'waiting'; readonly reason: 'others-scan' | 'others-copy' }
  /** So many ranges of keys of participants that are gone, or were not heard of, are to be taken over. */
  | { readonly type: 'put-back'; readonly ranges: number }
  /** What a dry run has found out about a file. */
  | {
      readonly type: 'intention';
      readonly key: Key;
      readonly size: number;
      readonly intention: Intention;
    }
  /** What the run goes by from now on: at its beginning, if it has a limit or waits, and whenever that changes. */
  | ({ readonly type: 'pace' } & PaceState)
  /** A multipart upload that an earlier run had left behind was removed. */
  | { readonly type: 'upload-aborted'; readonly key: Key; readonly uploadId: string }
  /** Bytes of this large file that were read for its checksums so far, before anything is sent. */
  | { readonly type: 'hashing'; readonly key: Key; readonly bytes: number }
  /** Bytes of this file that the target has taken so far; an attempt anew begins at 0. */
  | { readonly type: 'transfer'; readonly key: Key; readonly bytes: number }
  /** An attempt failed, and another follows after `delay` milliseconds. */
  | {
      readonly type: 'retry';
      readonly key: Key;
      readonly attempt: number;
      readonly delay: number;
      readonly error: StorageError;
    }
  /** A file's outcome. */
  | {
      readonly type: 'file';
      readonly key: Key;
      readonly size: number;
      readonly state: FileState;
      readonly message?: string;
    }
  /** A file's verification. */
  | {
      readonly type: 'verified';
      readonly key: Key;
      readonly size: number;
      readonly result: VerificationOutcome;
      readonly message?: string;
    }
  /** What became of a file in a run that retires, restores, reverts, sweeps or cleans; the report counts the outcomes. */
  | {
      readonly type: 'outcome';
      readonly run: RunKind;
      readonly key: Key;
      readonly size: number;
      readonly outcome: string;
      readonly message?: string;
    };

/**
 * What a verification finds; beside what the journal keeps of it: the application has `superseded` or `deleted` the file since; it was
 * deleted or lost after the cutover, which can't be told apart (`unknowable`); or it could not be looked at (`failed`).
 */
export type VerificationOutcome =
  | VerificationResult
  | 'superseded'
  | 'deleted'
  | 'unknowable'
  | 'failed';

export type EventListener = (event: MigrationEvent) => void;
