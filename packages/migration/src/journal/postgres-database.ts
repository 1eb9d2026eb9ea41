import { setTimeout as sleep } from 'node:timers/promises';
import { type PostgresClient, postgresCode } from '../postgres-client.js';
import { postgresError } from './postgres-error.js';
import type { PostgresSession } from './postgres-session.js';
import type { Row } from './row.js';
import type { SqlDatabase } from './sql-journal.js';

interface Write {
  readonly sql: string;
  readonly values: unknown[];
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
    try {
      return await this.#session.run(
        async (connection) => (await connection.query(sql, [...values])).rows,
      );
    } catch (error) {
      throw postgresError(error, this.place);
    }
  }

  write(sql: string, values: readonly unknown[] = []): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#pending.push({ sql, values: [...values], resolve, reject });
      if (this.#pending.length === 1) void this.#commit();
    });
  }

  async insert(
    table: string,
    columns: readonly string[],
    rows: readonly (readonly unknown[])[],
    end = '',
  ): Promise<void> {
    const most = Math.floor(MOST_VALUES / columns.length);
    const statements: Promise<void>[] = []; // asked for at once, they share a transaction
    for (let start = 0; start < rows.length; start += most) {
      const values: unknown[] = [];
      const tuples = rows
        .slice(start, start + most)
        .map((row) => `(${row.map((value) => `$${values.push(value)}`).join(', ')})`);
      const sql = `INSERT INTO ${table} (${columns.join(', ')}) VALUES ${tuples.join(', ')} ${end}`;
      statements.push(this.write(sql, values));
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
      await this.#session.run((connection) => transact(connection, taken()));
      for (const { resolve } of taken()) resolve();
    } catch (error) {
      const failure = postgresError(error, this.place);
      for (const { reject } of taken()) reject(failure);
    }
  }
}

/** All of the statements, or none. */
async function transact(connection: PostgresClient, statements: readonly Write[]): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await connection.query('BEGIN');
      for (const { sql, values } of statements) await connection.query(sql, values);
      await connection.query('COMMIT');
      return;
    } catch (error) {
      await connection.query('ROLLBACK').catch(() => {}); // the connection is lost, and the transaction with it
      if (!UNDONE.includes(postgresCode(error)) || attempt === ATTEMPTS) throw error;
      await sleep(Math.random() * 2 ** attempt);
    }
  }
}
