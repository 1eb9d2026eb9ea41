import type { Fence } from '../journal/fence.js';
import type { SharedJournal } from '../journal/shared-journal.js';
import { Claim } from './claim.js';
import type { Participants } from './participants.js';
import type { RangeQueue } from './range-queue.js';

interface ClaimsOptions {
  readonly journal: SharedJournal;
  readonly queue: RangeQueue;
  readonly participants: Participants;
  readonly round: number;
  /** This participant's number. */
  readonly own: number;
  /** Milliseconds, by the server's clock, after which a claim that was not renewed may be taken over. */
  readonly expiry: number;
}

/**
 * The claims of one participant on ranges of a round. A claim and the job that it is on change in one transaction. It is renewed while
 * the participant lives, however long its files take or wait.
 */
export class Claims {
  readonly #options: ClaimsOptions;
  readonly #held = new Set<Fence>();

  constructor(options: ClaimsOptions) {
    this.#options = options;
  }

  /** Claims a range that nobody has. */
  async take(): Promise<Claim | undefined> {
    const { journal, queue, round, own } = this.#options;
    const taken = await journal.transaction(async (connection) => {
      const job = await queue.fetch(connection, round);
      if (job === undefined) return undefined;
      const { rows } = await connection.query(
        `INSERT INTO claims (range, token, holder, renewed) VALUES ($1, 1, $2, now())
         ON CONFLICT (range) DO UPDATE SET token = claims.token + 1, holder = excluded.holder, renewed = excluded.renewed
         RETURNING token`,
        [job.id, own],
      );
      return { ...job, token: Number(rows[0]?.['token']) };
    });
    if (taken === undefined) return undefined;
    const fence: Fence = { range: taken.id, token: taken.token, lost: false };
    this.#held.add(fence);
    return new Claim(fence, taken.range, journal.fenced(fence), () => this.#complete(fence));
  }

  /** All of the range's files are settled. */
  async #complete(fence: Fence): Promise<void> {
    const { journal, queue, round } = this.#options;
    const held = await journal.transaction(async (connection) => {
      const { rows } = await connection.query(
        'DELETE FROM claims WHERE range = $1 AND token = $2 RETURNING 1',
        [fence.range, fence.token],
      );
      if (rows.length > 0) await queue.complete(connection, round, fence.range);
      return rows.length > 0;
    });
    this.#held.delete(fence);
    if (!held) fence.lost = true;
  }

  /** Keeps what is held from being taken over, and finds out what was. */
  async renew(): Promise<void> {
    const { journal, own } = this.#options;
    const before = [...this.#held];
    const { rows } = await journal.onConnection((connection) =>
      connection.query(
        'UPDATE claims SET renewed = now() WHERE holder = $1 RETURNING range, token',
        [own],
      ),
    );
    const tokens = new Map(rows.map(({ range, token }) => [String(range), Number(token)]));
    for (const fence of before) {
      if (!this.#held.has(fence) || tokens.get(fence.range) === fence.token) continue;
      fence.lost = true;
      this.#held.delete(fence);
    }
  }

  /** Puts back the ranges of those that are gone, or were not heard of for too long. @returns how many. */
  putBackAbandoned(): Promise<number> {
    const { participants, own, expiry } = this.#options;
    return this.#putBack(
      `holder <> $1 AND (NOT ${participants.isThere('holder')} OR renewed < now() - $2 * interval '1 ms')`,
      [own, expiry],
    );
  }

  /** Gives back what is held. */
  async release(): Promise<void> {
    for (const fence of this.#held) fence.lost = true;
    this.#held.clear();
    await this.#putBack('holder = $1', [this.#options.own]);
  }

  #putBack(where: string, values: unknown[]): Promise<number> {
    const { journal, queue, round } = this.#options;
    return journal.transaction(async (connection) => {
      const { rows } = await connection.query(
        `UPDATE claims SET token = token + 1, holder = NULL WHERE ${where} RETURNING range`,
        values,
      );
      for (const { range } of rows) await queue.putBack(connection, round, String(range));
      return rows.length;
    });
  }
}
