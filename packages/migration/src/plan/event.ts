import type { Count } from '../journal/journal.js';

export type MeasuredSide = 'source' | 'target' | 'verification';

/** What a plan is at, for progress displays. */
export type PlanEvent =
  /** Listed so far. */
  | { readonly type: 'scanning'; readonly seen: Count }
  /** Files of the sample that were read from the source, sent to the target, or read back from there, and how many there are. */
  | {
      readonly type: 'measuring';
      readonly side: MeasuredSide;
      readonly done: number;
      readonly files: number;
    };
