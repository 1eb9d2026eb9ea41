import type { Change, RaceTask } from './race.js';

export type ToRacer<Settings> =
  | { readonly type: 'open'; readonly settings: Settings }
  | { readonly type: 'start'; readonly task: RaceTask };

/** One answer for each message to it. */
export type FromRacer =
  | { readonly type: 'ready' }
  | { readonly type: 'done'; readonly changes: readonly Change[] }
  | { readonly type: 'failed'; readonly message: string };
