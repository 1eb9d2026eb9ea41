import { isStorageError, parseKey, StorageError } from '@org/storage-core';
import type PgBoss from 'pg-boss';
import type { KeyRange } from '../journal/journal.js';
import { lockKey } from '../journal/journal-locks.js';
import type { SharedJournal } from '../journal/shared-journal.js';
import type { PostgresClient } from '../postgres-client.js';

/** A range of keys that somebody has to copy. */
export interface RangeJob {
  /** Its id. */
  readonly id: string;
  readonly range: KeyRange;
}

/** As often as a range's participants may die. */
const ATTEMPTS = 1_000_000;

/** No disk's journal has a schema that ends so. */
const SUFFIX = '___jobs';

/** Characters that pg-boss allows a schema's name. */
const LONGEST_SCHEMA = 50;

/** The ranges of a round as jobs of pg-boss's, whose tables are in a schema beside the journal's. All goes by the journal's connection. */
export class RangeQueue {
  readonly #boss: PgBoss;

  private constructor(boss: PgBoss) {
    this.#boss = boss;
  }

  /**
   * Makes pg-boss's tables where they are missing. Nobody else may do so at the time.
   * @throws StorageError `Unsupported` without the package, `AccessDenied`.
   */
  static async open(journal: SharedJournal): Promise<RangeQueue> {
    const Boss = await loadQueue();
    const schema = queueSchema(journal.schema);
    const executeSql = (sql: string, values?: unknown[]) =>
      journal.onConnection((connection) => execute(connection, sql, values));
    const boss = new Boss({ schema, db: { executeSql }, supervise: false, schedule: false });
    boss.on('error', () => {}); // whoever calls it is told as well
    await boss.start().catch((error: unknown) => {
      if (!isStorageError(error, 'AccessDenied')) throw error;
      throw new StorageError(
        'AccessDenied',
        `the user may not make the schema ${schema}, which the queue of those that migrate together needs beside the journal’s: ` +
          `${error.message.replace(/; grant it.*$/, '')}; GRANT CREATE ON DATABASE, for the first time at least`,
        { cause: error },
      );
    });
    return new RangeQueue(boss);
  }

  /** Begins a round's queue; those of earlier rounds are removed with all that is in them. */
  async begin(round: number): Promise<void> {
    await this.#boss.clearStorage(); // a queue with jobs can't be removed
    for (const { name } of await this.#boss.getQueues()) await this.#boss.deleteQueue(name);
    await this.#boss.createQueue(queueName(round));
  }

  async send(round: number, jobs: readonly RangeJob[]): Promise<void> {
    const name = queueName(round);
    const retryLimit = ATTEMPTS;
    await this.#boss.insert(jobs.map(({ id, range }) => ({ id, name, retryLimit, data: range })));
  }

  /** Takes a job that nobody has. */
  async fetch(connection: PostgresClient, round: number): Promise<RangeJob | undefined> {
    let failure: unknown;
    const executeSql = (sql: string, values?: unknown[]) =>
      execute(connection, sql, values).catch((error: unknown) => {
        failure = error;
        throw error;
      });
    const [job] = await this.#boss.fetch<KeyRange>(queueName(round), { db: { executeSql } });
    if (failure !== undefined) throw failure; // pg-boss keeps it to itself
    if (job === undefined) return undefined;
    const { from, upTo } = job.data;
    return { id: job.id, range: { from: parseKey(from), upTo: parseKey(upTo) } };
  }

  async complete(connection: PostgresClient, round: number, id: string): Promise<void> {
    await this.#boss.complete(queueName(round), id, {}, { db: dbOf(connection) });
  }

  /** Somebody else shall take it. */
  async putBack(connection: PostgresClient, round: number, id: string): Promise<void> {
    await this.#boss.fail(queueName(round), id, {}, { db: dbOf(connection) });
  }

  /** How many jobs are not completed. */
  open(round: number): Promise<number> {
    return this.#boss.getQueueSize(queueName(round), { before: 'completed' });
  }
}

const queueName = (round: number) => `round-${round}`;

/** Where pg-boss's tables are. */
function queueSchema(schema: string): string {
  const name = `${schema}${SUFFIX}`;
  if (name.length <= LONGEST_SCHEMA) return name;
  const digest = BigInt.asUintN(32, BigInt(lockKey(schema))).toString(16);
  const kept = LONGEST_SCHEMA - SUFFIX.length - digest.length - 1;
  return `${schema.slice(0, kept)}_${digest}${SUFFIX}`;
}

const dbOf = (connection: PostgresClient): PgBoss.Db => ({
  executeSql: (sql: string, values?: unknown[]) => execute(connection, sql, values),
});

/** Of several statements at once, which begin a transaction of their own, nothing is returned. */
async function execute(connection: PostgresClient, sql: string, values: unknown[] | undefined) {
  try {
    const result = await connection.query(sql, values);
    return { rows: Array.isArray(result) ? [] : [...result.rows] };
  } catch (error) {
    if (values === undefined) await connection.query('ROLLBACK').catch(() => {}); // it is lost
    throw error;
  }
}

/** @throws StorageError `Unsupported` without the package. */
export async function loadQueue(): Promise<typeof PgBoss> {
  try {
    return (await import('pg-boss')).default;
  } catch (cause) {
    throw new StorageError(
      'Unsupported',
      'migrating together needs the package "pg-boss": install it beside this one',
      { cause },
    );
  }
}
