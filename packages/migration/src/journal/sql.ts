import { type FileState, RESOLVED, UNRESOLVED } from './file-record.js';
import type { FileOrder, PageOptions } from './journal.js';

/** For values that this package has written itself. */
const quoted = (values: readonly string[]) => values.map((value) => `'${value}'`).join(', ');

/** The file is as it was when its state was decided, and the state is a good one. */
const SETTLED = `files.source_etag = excluded.source_etag AND files.state IN (${quoted(RESOLVED)})`;

/** Columns of a row that is seen; its scan is the present one. */
export const SEEN = ['key', 'size', 'source_etag', 'modified', 'state', 'scan'] as const;

export const SEEN_AGAIN = `
  ON CONFLICT (key) DO UPDATE SET
    state = CASE WHEN ${SETTLED} THEN files.state ELSE 'pending' END,
    attempts = CASE WHEN ${SETTLED} THEN files.attempts ELSE 0 END,
    verification = CASE WHEN ${SETTLED} THEN files.verification END,
    verified_by = CASE WHEN ${SETTLED} THEN files.verified_by END,
    retirement = CASE WHEN ${SETTLED} THEN files.retirement END,
    error_code = NULL,
    error_message = NULL,
    size = excluded.size,
    source_etag = excluded.source_etag,
    modified = excluded.modified,
    scan = excluded.scan`;

/** What lies in a directory that could not be read was not seen, and need not be gone. */
export const END_SCAN = `
  UPDATE files SET state = $1
  WHERE scan < (SELECT number FROM scan) AND state IN (${quoted(UNRESOLVED)})
    AND NOT EXISTS (
      SELECT 1 FROM skipped
      WHERE reason = 'unreadable' AND (path IN ('', '.', key) OR substr(key, 1, length(path) + 1) = path || '/')
    )`;

const ANEW = `$2 IN (${quoted(['copied', 'pending'] satisfies FileState[])})`;

export const RESULT = `
  UPDATE files SET
    state = $2, attempts = $3, crc32 = coalesce($4, crc32), sha256 = coalesce($5, sha256),
    target_etag = coalesce($6, target_etag), version_id = coalesce($7, version_id), run = coalesce($8, run),
    error_code = $9, error_message = $10,
    upload_id = CASE WHEN $2 = 'copied' THEN NULL ELSE upload_id END,
    verification = CASE WHEN ${ANEW} THEN NULL ELSE verification END,
    verified_by = CASE WHEN ${ANEW} THEN NULL ELSE verified_by END,
    retirement = CASE WHEN ${ANEW} THEN NULL ELSE retirement END,
    archived = CASE WHEN ${ANEW} THEN NULL ELSE archived END,
    referenced = CASE WHEN $2 = 'pending' AND referenced <> 0 THEN 2 WHEN ${ANEW} THEN 0 ELSE referenced END
  WHERE key = $1`;

export const IS_RESOLVED = `state IN (${quoted(RESOLVED)})`;

export const UNVERIFIED = `
  SELECT count(*) AS files FROM files
  WHERE ${IS_RESOLVED}
    AND (verification IS NULL OR verification <> 'ok' OR ($1 = 'content' AND coalesce(verified_by, 'checksum') <> 'content'))`;

/**
 * Indexes that only a run of that order needs: each costs a write a file. They begin with the state, or SQLite takes the one of all
 * states for better, and sorts every page.
 */
const ORDER_INDEXES: Readonly<Record<FileOrder, string | undefined>> = {
  key: undefined,
  smallest:
    "CREATE INDEX IF NOT EXISTS files_by_size ON files (state, size, key) WHERE state = 'pending'",
  newest:
    "CREATE INDEX IF NOT EXISTS files_by_age ON files (state, modified DESC, key) WHERE state = 'pending'",
};

/** For what a run has copied, in the order in which it is taken back. */
const RUN_INDEX =
  "CREATE INDEX IF NOT EXISTS files_by_run ON files (run, modified DESC, key) WHERE state = 'copied'";

/** The index without which every page would sort all files. */
export function indexFor({ order = 'key', run }: PageOptions): string | undefined {
  return order === 'newest' && run !== undefined ? RUN_INDEX : ORDER_INDEXES[order];
}

const ORDER_BY: Readonly<Record<FileOrder, string>> = {
  key: 'key',
  smallest: 'size, key',
  newest: 'modified DESC, key',
};

/**
 * SQLite takes an index of one state's files for no comparison but `=`. For several, it would take the index as well, and sort all that
 * is left for every page: as an expression, the order of the keys is left to their own index.
 */
function isOneOf(states: readonly FileState[]): string {
  return states.length === 1 ? `state = ${quoted(states)}` : `(state || '') IN (${quoted(states)})`;
}

const REFERENCED = {
  false: 'referenced <> 1',
  true: 'referenced = 1',
  'taken-back': 'referenced = 2',
} as const;

/** @returns a query and its values. */
export function pageQuery(options: PageOptions): readonly [string, unknown[]] {
  const { states, run, retirements, referenced, error, range, after, limit } = options;
  const { order = 'key' } = options;
  const values: unknown[] = [];
  const value = (given: unknown) => `$${values.push(given)}`;
  const conditions: string[] = [];
  if (states !== undefined) conditions.push(isOneOf(states));
  if (run !== undefined) conditions.push(`run = ${value(run)}`);
  if (retirements !== undefined)
    conditions.push(`coalesce(retirement, 'none') IN (${quoted(retirements)})`);
  if (referenced !== undefined) conditions.push(REFERENCED[`${referenced}`]);
  if (error !== undefined) conditions.push(`error_code = ${value(error)}`);
  if (range !== undefined)
    conditions.push(`key >= ${value(range.from)}`, `key <= ${value(range.upTo)}`);
  if (after !== undefined) {
    const { key, size, modified } = after;
    if (order === 'key') conditions.push(`key > ${value(key)}`);
    if (order === 'smallest') conditions.push(`(size, key) > (${value(size)}, ${value(key)})`);
    if (order === 'newest') {
      // The first comparison is what an index can begin at.
      const [bound, earlier] = [value(modified.getTime()), value(modified.getTime())];
      conditions.push(`modified <= ${bound} AND (modified < ${earlier} OR key > ${value(key)})`);
    }
  }
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
  const query = `SELECT * FROM files ${where} ORDER BY ${ORDER_BY[order]} LIMIT ${value(limit)}`;
  return [query, values];
}
