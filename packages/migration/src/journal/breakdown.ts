import { type FileState, RESOLVED, UNRESOLVED } from './file-record.js';

/**
 * What files can be grouped by: the code of their `error` (unresolved files that have one) · `referenced`: resolved files, `1`
 * those of which the application's database has been told, `0` the others.
 */
export type Breakdown = 'error' | 'referenced';

export interface Group {
  readonly name: string;
  readonly files: number;
  /** Bytes. */
  readonly bytes: number;
}

const within = (states: readonly FileState[]) =>
  `files WHERE state IN (${states.map((state) => `'${state}'`).join(', ')})`;

const grouped = (name: string, rest: string) =>
  `SELECT ${name} AS name, count(*) AS files, sum(size) AS bytes FROM ${rest}
   GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT $1`;

/** Each takes the number of groups: those of the most files. */
export const BREAKDOWNS: Readonly<Record<Breakdown, string>> = {
  error: grouped('error_code', `${within(UNRESOLVED)} AND error_code IS NOT NULL`),
  referenced: grouped('referenced', within(RESOLVED)),
};
