import type { Key, SkippedEntry, StorageError } from '@org/storage-core';
import type { FileState, VerificationResult } from './journal/file-record.js';
import type { Count } from './journal/journal.js';

/** What happens during a migration or a verification, for progress displays and logs. Counts are in files and bytes. */
export type MigrationEvent =
  /** The inventory so far. */
  | { readonly type: 'scanning'; readonly seen: Count }
  | { readonly type: 'skipped'; readonly entry: SkippedEntry }
  /** The inventory is complete; `todo` is what this run has to look at. */
  | { readonly type: 'scanned'; readonly seen: Count; readonly todo: Count }
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
      readonly result: VerificationResult | 'failed';
      readonly message?: string;
    };

export type EventListener = (event: MigrationEvent) => void;
