/** What has to hold before the source is given up. */
export type ConditionId = (typeof CONDITION_IDS)[number];

/**
 * | condition | |
 * | --- | --- |
 * | `members` | there are applications, and all of them are in `settled` or beyond |
 * | `no-migrator` | nobody copies, retires or takes back |
 * | `inventory` | a migration has come to its end, its journal knows files, and the source names none now that it does not know |
 * | `resolved` | something has been decided for every file |
 * | `no-problems` | no file has failed, is in conflict or is lost |
 * | `skipped` | nothing is in the source that is no file, but for what is accepted |
 * | `verified` | every copy was compared with what was read |
 * | `uploads` | no upload in parts is unfinished |
 * | `retired` | the source has no files any more |
 * | `spool` | nothing waits to be sent |
 * | `quiet` | the source has answered no read for so long |
 * | `disks` | where hosts have disks of their own: every other one can be given up as well |
 */
export const CONDITION_IDS = [
  'members',
  'no-migrator',
  'inventory',
  'resolved',
  'no-problems',
  'skipped',
  'verified',
  'uploads',
  'retired',
  'spool',
  'quiet',
  'disks',
] as const;

export interface Condition {
  readonly id: ConditionId;
  /** `unknown`: it could not be found out, which is as good as `false`. */
  readonly holds: boolean | 'unknown';
  /** What was measured: a number of files, things or processes, or ms; `undefined` if it could not be. */
  readonly value: number | undefined;
  /** What that was seen from, in a sentence. */
  readonly evidence: string;
  /** What to do about it; `undefined` where it holds. */
  readonly mend?: string;
}

/** A condition that holds if what was counted is nothing. */
export function none(id: ConditionId, value: number, evidence: string, mend: string): Condition {
  const holds = value === 0;
  return { id, holds, value, evidence, ...(holds ? {} : { mend }) };
}

/** A condition of which nothing could be found out. */
export function unknown(id: ConditionId, evidence: string, mend: string): Condition {
  return { id, holds: 'unknown', value: undefined, evidence, mend };
}
