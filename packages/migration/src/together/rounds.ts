import { randomUUID } from 'node:crypto';
import type { Selects } from '../backfill/selection.js';
import { filesIn } from '../journal/file-pages.js';
import type { FileRecord } from '../journal/file-record.js';
import type { Count } from '../journal/journal.js';
import type { SharedJournal } from '../journal/shared-journal.js';
import type { RangeJob, RangeQueue } from './range-queue.js';

/** What all participants are to copy once. */
export interface Round {
  readonly number: number;
  /** What there is to look at. */
  readonly todo: Count;
  /** Unresolved files that the selection leaves out. */
  readonly notSelected: Count;
}

/** Where a round stands: the source is listed · its ranges are copied · nothing of it is left. */
type Stage = 'scanning' | 'copying' | 'done';

interface FoundRound extends Round {
  readonly stage: Stage;
  readonly terms: string;
}

interface Cut {
  readonly selected: Selects | undefined;
  /** Files that a range has at the most. */
  readonly claimFiles: number;
  readonly stop?: AbortSignal | undefined;
}

/** What a range has at the most, but for a file that is larger. */
const BYTES = 1024 ** 3;

/** Ranges that are sent in one go. */
const PAGE = 100;

/** The rounds of a journal, of which one is the present. Who changes them leads. */
export class Rounds {
  readonly #journal: SharedJournal;
  readonly #queue: RangeQueue;

  constructor(journal: SharedJournal, queue: RangeQueue) {
    this.#journal = journal;
    this.#queue = queue;
  }

  /** The last one. */
  async last(): Promise<FoundRound | undefined> {
    const [row] = await this.#query('SELECT * FROM rounds ORDER BY number DESC LIMIT 1');
    if (row === undefined) return undefined;
    return {
      number: Number(row['number']),
      stage: row['stage'] as Stage, // as it was written
      terms: String(row['terms']),
      todo: { files: Number(row['files']), bytes: Number(row['bytes']) },
      notSelected: { files: Number(row['left_files']), bytes: Number(row['left_bytes']) },
    };
  }

  /** Begins one in place of the last. Whoever had a claim has none any more. @returns its number. */
  async begin(terms: string): Promise<number> {
    const number = await this.#journal.transaction(async (connection) => {
      await connection.query('DELETE FROM rounds');
      await connection.query('DELETE FROM claims');
      const { rows } = await connection.query(
        "INSERT INTO rounds (stage, terms) VALUES ('scanning', $1) RETURNING number",
        [terms],
      );
      return Number(rows[0]?.['number']);
    });
    await this.#queue.begin(number);
    return number;
  }

  /** Lets all copy what is pending and selected. */
  async open(round: Round, how: Cut): Promise<void> {
    const { stop } = how;
    let ranges: RangeJob[] = [];
    const send = async () => {
      if (ranges.length > 0) await this.#queue.send(round.number, ranges);
      ranges = [];
    };
    for await (const range of rangesOf(this.#journal, how)) {
      ranges.push(range);
      if (ranges.length === PAGE) await send();
    }
    await send();
    if (stop?.aborted) return;
    const { number, todo, notSelected } = round;
    await this.#query(
      `UPDATE rounds SET stage = 'copying', files = $1, bytes = $2, left_files = $3, left_bytes = $4
       WHERE number = $5`,
      [todo.files, todo.bytes, notSelected.files, notSelected.bytes, number],
    );
  }

  async isOver(number: number): Promise<boolean> {
    const rows = await this.#query('SELECT 1 FROM rounds WHERE number = $1 AND stage <> $2', [
      number,
      'done',
    ]);
    return rows.length === 0;
  }

  async end(number: number): Promise<void> {
    await this.#query("UPDATE rounds SET stage = 'done' WHERE number = $1", [number]);
  }

  #query(sql: string, values: unknown[] = []) {
    return this.#journal.transaction(
      async (connection) => (await connection.query(sql, values)).rows,
    );
  }
}

/** The pending files that are selected, cut into ranges. */
async function* rangesOf(
  journal: SharedJournal,
  { selected, claimFiles, stop }: Cut,
): AsyncGenerator<RangeJob, void, undefined> {
  let first: FileRecord | undefined;
  let last: FileRecord | undefined;
  let [files, bytes] = [0, 0];
  const cut = function* (): Generator<RangeJob> {
    if (first === undefined || last === undefined) return;
    yield { id: randomUUID(), range: { from: first.key, upTo: last.key } };
    first = undefined;
    [files, bytes] = [0, 0];
  };
  for await (const file of filesIn(journal, { states: ['pending'] }, stop)) {
    if (!(selected?.(file) ?? true)) continue;
    if (files === claimFiles || bytes + file.size > BYTES) yield* cut();
    first ??= file;
    last = file;
    files++;
    bytes += file.size;
  }
  yield* cut();
}
