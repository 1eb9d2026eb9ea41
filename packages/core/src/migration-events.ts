import type { StorageError } from './error.js';
import type { SkipReason } from './list-entry.js';

/** Files and bytes. */
interface Count {
  readonly files: number;
  readonly bytes: number;
}

/**
 * One step of a run, as its journal's own listener is told, beside its start and its end. States, results and outcomes are
 * words of closed lists.
 */
export type MigrationStep =
  | { readonly type: 'started' }
  /** `complete` · `incomplete` · `interrupted` · `stopped`, by failures */
  | { readonly type: 'ended'; readonly outcome: string }
  /** The inventory so far. */
  | { readonly type: 'scanning'; readonly seen: Count }
  | { readonly type: 'skipped'; readonly entry: { readonly reason: SkipReason } }
  /** The inventory is complete; `todo` is what this run has to look at. */
  | { readonly type: 'scanned'; readonly seen: Count; readonly todo: Count }
  /** For others that the files are divided with. */
  | { readonly type: 'waiting'; readonly reason: 'others-scan' | 'others-copy' }
  /** Ranges of keys that others have left, to be taken over. */
  | { readonly type: 'put-back'; readonly ranges: number }
  /** What the run goes by from now on, and why it waits, if it does. */
  | { readonly type: 'pace'; readonly waiting?: 'paused' | 'window' }
  /** Bytes of this file that were read for its checksums so far. */
  | { readonly type: 'hashing'; readonly key: string; readonly bytes: number }
  /** Bytes of this file that the target has taken so far; an attempt anew begins at 0. */
  | { readonly type: 'transfer'; readonly key: string; readonly bytes: number }
  /** An attempt failed, and another follows. */
  | { readonly type: 'retry'; readonly key: string; readonly error: StorageError }
  /** What became of a file in a run that copies. */
  | {
      readonly type: 'file';
      readonly key: string;
      readonly size: number;
      readonly state: string;
    }
  | {
      readonly type: 'verified';
      readonly key: string;
      readonly size: number;
      readonly result: string;
    }
  /** What became of a file in another run. */
  | {
      readonly type: 'outcome';
      readonly key: string;
      readonly size: number;
      readonly outcome: string;
    }
  | { readonly type: 'upload-aborted'; readonly key: string }
  | { readonly type: 'intention'; readonly key: string };

export interface MigrationRunEvent {
  /** Id of the run. */
  readonly run: string;
  /** `migrate`, `verify`, `retire`, …: a closed list. */
  readonly kind: string;
  readonly step: MigrationStep;
}

/** A round of a background sync has ended. */
export interface SyncEvent {
  readonly type: 'round';
  /** Why it failed. */
  readonly error?: StorageError;
  /** Rounds that failed, since the last one that did not. */
  readonly failures: number;
  /** Whether not too many of them have failed in a row. */
  readonly healthy: boolean;
}
