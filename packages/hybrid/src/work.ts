import type { StorageError } from '@org/storage-core';

/** What waits to be sent to the target. */
export interface Waiting {
  readonly entries: number;
  readonly bytes: number;
}

/** What a process does with the two stores, for the others of its fleet to be told of. */
export interface Work {
  /** Reads that the source has answered so far. */
  readonly sourceReads: number;
  /** Why the wanted mode has not been reached; `undefined` if nothing is in the way. */
  readonly obstacle: StorageError | undefined;
  /** Looks into the spool; `undefined` if there is none. */
  readonly spool: (() => Promise<Waiting>) | undefined;
  /** Goes towards the wanted mode, as an operation does that begins. Without it, a process at rest would stay where it is. */
  follow(): Promise<void>;
}
