import type { Patient } from './patient.js';

/** `note` is neither good nor bad. */
export type Level = 'ok' | 'note' | 'warning' | 'failure';

/** One thing that was found out. */
export interface Finding {
  readonly level: Level;
  /** A sentence, without a secret. */
  readonly text: string;
  /** What to do about it. */
  readonly mend?: string;
}

/** Something that is looked at by itself. */
export interface Check {
  /** A word or two, for scripts. */
  readonly id: string;
  readonly title: string;
  /** Ids of checks that come before it in the list, without which it makes no sense. */
  readonly needs?: readonly string[];
  /** What keeps others from being looked at where this fails: `the server can’t be reached`. */
  readonly hindrance: string;
  /** How many answers it waits for, one after the other: it has the time for so many. Default 1. */
  readonly answers?: number;
  /** Whether there is something to look at. Default: always. */
  applies?(patient: Patient): boolean;
  /** Ends with the signal, and leaves nothing behind. What it throws is a failure. */
  run(patient: Patient, signal: AbortSignal): Promise<readonly Finding[]>;
}

export function ok(text: string): Finding {
  return { level: 'ok', text };
}

export function note(text: string, mend?: string): Finding {
  return { level: 'note', text, ...(mend === undefined ? {} : { mend }) };
}

export function warning(text: string, mend: string): Finding {
  return { level: 'warning', text, mend };
}

export function failure(text: string, mend?: string): Finding {
  return { level: 'failure', text, ...(mend === undefined ? {} : { mend }) };
}
