import type { Count } from '../journal/journal.js';

/** What a plan is at, for progress displays. */
export type PlanEvent =
  /** Listed so far. */
  | { readonly type: 'scanning'; readonly seen: Count }
  /** Files of the sample that were read from the source, or sent to the target, and how many there are. */
  | {
      readonly type: 'measuring';
      readonly side: 'source' | 'target';
      readonly done: number;
      readonly files: number;
    };
