import type { SkipReason } from '@org/storage-core';

/** A member of the fleet, and the beat that brought it into its stage. */
export interface Witness {
  readonly id: string;
  readonly since: number;
}

/** What was seen of a source by a host that sees it, for those that don’t. */
export interface SourceLook {
  /** By the clock of the host: for people only. */
  readonly at: Date;
  /** For people. */
  readonly host: string;
  /** Id of the journal’s newest run when the look began; `undefined`: there was none. */
  readonly run: string | undefined;
  /**
   * Those that were beyond the hand-over when the look began, if all processes were. While one of them has been so ever since, no
   * process can have written to the source. Empty: the look proves nothing.
   */
  readonly witnesses: readonly Witness[];
  /** Kinds of things that may stay in the source. */
  readonly accepted: readonly SkipReason[];
  /** Why the source can’t be given up, each in a sentence. */
  readonly obstacles: readonly string[];
}
