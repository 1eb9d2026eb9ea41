import type { ETag } from '@org/storage-core';

/** What a racer does to each of the keys in turn, and how often. */
export interface RaceTask {
  /**
   * - `create`: tries to upload it with the condition `absent`.
   * - `count`: reads the number in it and uploads the next one with the condition `match`; a file that is missing is created with 1.
   *   One that comes too late tries again: this is the only act that always succeeds in the end.
   * - `delete`: waits for a version to be there, for a number of looks, and tries to delete it with the condition `match`.
   * - `overwrite`: uploads it without a condition.
   * - `read`: reads it; it has to be there.
   *
   * What is uploaded says of itself which bytes and metadata belong together, and whatever is read is compared with that.
   */
  readonly act: 'create' | 'count' | 'delete' | 'overwrite' | 'read';
  readonly keys: readonly string[];
  /** For each key. */
  readonly times: number;
}

/** A change under a condition that the store has told to be done. */
export interface Change {
  readonly key: string;
  /** The version that was replaced or deleted; `undefined` if there was to be none. */
  readonly from: ETag | undefined;
  /** The version that came into being; `undefined` after a deletion. */
  readonly to: ETag | undefined;
}

export interface RaceOptions {
  /** Ends the racers. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Lets one racer for each task go at the same moment, and resolves to the changes of each once all have ended. Rejects if a
 * racer meets an error that no race explains, or a file that is not whole.
 */
export type Race = (
  tasks: readonly RaceTask[],
  options?: RaceOptions,
) => Promise<readonly (readonly Change[])[]>;
