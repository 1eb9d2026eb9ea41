import { lockKey } from '../journal/journal-locks.js';
import type { SharedJournal } from '../journal/shared-journal.js';

/**
 * Those that migrate together. Each is a number, and a lock of that number's, which ends with the connection: by it the others
 * see that a participant is there still.
 */
export class Participants {
  readonly #journal: SharedJournal;
  readonly #leader: string;
  /** Of the locks, a number of 31 bits. */
  readonly #class: number;

  constructor(journal: SharedJournal) {
    this.#journal = journal;
    this.#leader = lockKey(`leader ${journal.schema}`);
    this.#class = Number(BigInt.asUintN(31, BigInt(lockKey(`participants ${journal.schema}`))));
  }

  /** A condition on the numbers in `column`: such a participant is there. */
  isThere(column: string): string {
    return `EXISTS (
      SELECT 1 FROM pg_locks
      WHERE locktype = 'advisory' AND objsubid = 2 AND granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND classid::bigint = ${this.#class} AND objid::bigint = ${column}
    )`;
  }

  /** Whether there are any. */
  async any(): Promise<boolean> {
    const [row] = await this.#query(`SELECT ${this.isThere('objid::bigint')} AS found`);
    return row?.['found'] === true;
  }

  /** Makes this process one of them. @returns its number. */
  async join(): Promise<number> {
    const [row] = await this.#query("SELECT nextval('participants') AS number");
    const number = Number(row?.['number']);
    await this.#query('SELECT pg_advisory_lock($1::integer, $2::integer)', [this.#class, number]);
    return number;
  }

  async leave(number: number): Promise<void> {
    await this.#query('SELECT pg_advisory_unlock($1::integer, $2::integer)', [this.#class, number]);
  }

  /** Does something as the only one, if nobody else does. @returns `undefined` if so. */
  async lead<T>(work: () => Promise<T>): Promise<{ readonly result: T } | undefined> {
    const [row] = await this.#query('SELECT pg_try_advisory_lock($1) AS taken', [this.#leader]);
    if (row?.['taken'] !== true) return undefined;
    try {
      return { result: await work() };
    } finally {
      await this.#query('SELECT pg_advisory_unlock($1)', [this.#leader]).catch(() => {}); // it has ended with the connection
    }
  }

  #query(sql: string, values: unknown[] = []) {
    return this.#journal.onConnection(
      async (connection) => (await connection.query(sql, values)).rows,
    );
  }
}
