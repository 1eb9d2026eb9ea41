import { setTimeout as sleep } from 'node:timers/promises';
import { type PostgresClient, postgresCode } from '../postgres-client.js';
import { type Fence, HELD, takenOver } from './fence.js';
import { postgresError } from './postgres-error.js';
import type { PostgresSession } from './postgres-session.js';
import type { Row } from './row.js';
import type { SqlDatabase } from './sql-journal.js';

interface Write {
  readonly sql: string;
  readonly values: unknown[];
  /** Without which it is refused. */
  readonly fence: Fence | undefined;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Values that one statement may have. */
const MOST_VALUES = 65_535;

/** How often a transaction is run that others keep from being committed. */
const ATTEMPTS = 8;

/** Of transactions that the server has undone, because another was in the way. */
const UNDONE: readonly unknown[] = ['40001', '40P01'];

/**
 * The journal's tables in a PostgreSQL database. Writes that come while a transaction is under way share the next one, and so its
 * flush of the disk.
 */
export class PostgresDatabase implements SqlDatabase {
  readonly place: string;
  readonly #session: PostgresSession;
  readonly #end: (connection: PostgresClient) => Promise<unknown>;
  #pending: Write[] = [];

  /** @param end What is done before the connection is closed. */
  constructor(
    place: string,
    session: PostgresSession,
    end: (connection: PostgresClient) => Promise<unknown>,
  ) {
    this.place = place;
    this.#session = session;
    this.#end = end;
  }

  async read(sql: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
    return this.onConnection(async (connection) => (await connection.query(sql, [...values])).rows);
  }

  async onConnection<T>(work: (connection: PostgresClient) => Promise<T>): Promise<T> {
    try {
      return await this.#session.run(work);
    } catch (error) {
      throw postgresError(error, this.place);
    }
  }

  /** @param work May be run several times. */
  transaction<T>(work: (connection: PostgresClient) => Promise<T>): Promise<T> {
    return this.onConnection((connection) => transact(connection, () => work(connection)));
  }

  /** The same tables, to which nothing is written unless the claim is held. */
  fenced(fence: Fence): SqlDatabase {
    return {
      place: this.place,
      read: (sql, values) => this.read(sql, values),
      write: (sql, values) => this.write(sql, values, fence),
      insert: (table, columns, rows, end) => this.insert(table, columns, rows, end, fence),
      close: async () => {}, // whoever opened it does
    };
  }

  write(sql: string, values: readonly unknown[] = [], fence?: Fence): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#pending.push({ sql, values: [...values], fence, resolve, reject });
      if (this.#pending.length === 1) void this.#commit();
    });
  }

  async insert(
    table: string,
    columns: readonly string[],
    rows: readonly (readonly unknown[])[],
    end = '',
    fence?: Fence,
  ): Promise<void> {
    const most = Math.floor(MOST_VALUES / columns.length);
    const statements: Promise<void>[] = []; // asked for at once, they share a transaction
    for (let start = 0; start < rows.length; start += most) {
      const values: unknown[] = [];
      const tuples = rows
        .slice(start, start + most)
        .map((row) => `(${row.map((value) => `$${values.push(value)}`).join(', ')})`);
      const sql = `INSERT INTO ${table} (${columns.join(', ')}) VALUES ${tuples.join(', ')} ${end}`;
      statements.push(this.write(sql, values, fence));
    }
    await Promise.all(statements);
  }

  close(): Promise<void> {
    return this.#session.close(this.#end);
  }

  async #commit(): Promise<void> {
    let group: readonly Write[] | undefined;
    const taken = () => {
      group ??= this.#pending.splice(0);
      return group;
    };
    try {
      const refused = await this.#session.run((connection) => {
        const writes = taken();
        return transact(connection, () => writeHeld(connection, writes));
      });
      for (const { fence, resolve, reject } of taken()) {
        if (fence !== undefined && refused.has(fence)) reject(takenOver(fence));
        else resolve();
      }
    } catch (error) {
      const failure = postgresError(error, this.place);
      for (const { reject } of taken()) reject(failure);
    }
  }
}

/** All that is done, or nothing. */
async function transact<T>(connection: PostgresClient, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      await connection.query('BEGIN');
      const result = await work();
      await connection.query('COMMIT');
      return result;
    } catch (error) {
      await connection.query('ROLLBACK').catch(() => {}); // the connection is lost, and the transaction with it
      if (!UNDONE.includes(postgresCode(error)) || attempt === ATTEMPTS) throw error;
      await sleep(Math.random() * 2 ** attempt);
    }
  }
}

/** Leaves out what a claim was needed for that is not held any more. @returns such claims. */
async function writeHeld(
  connection: PostgresClient,
  writes: readonly Write[],
): Promise<ReadonlySet<Fence>> {
  const refused = new Set<Fence>();
  for (const fence of new Set(writes.flatMap((write) => write.fence ?? []))) {
    const { rows } = await connection.query(HELD, [fence.range, fence.token]);
    if (rows.length > 0) continue;
    fence.lost = true;
    refused.add(fence);
  }
  for (const { sql, values, fence } of writes)
    if (fence === undefined || !refused.has(fence)) await connection.query(sql, values);
  return refused;
}
