import type { PostgresClient } from '../postgres-client.js';
import type { Fence } from './fence.js';
import type { Endpoints, Journal } from './journal.js';
import type { PostgresDatabase } from './postgres-database.js';
import { SqlJournal } from './sql-journal.js';

/** A journal with which several processes work at once, on several hosts perhaps; those that work alone are kept out meanwhile. */
export interface SharedJournal extends Journal {
  /** The journal's identity, whatever address it is reached at: the `group` of its migrators' leases. */
  readonly group: string;
  /** Of its tables. */
  readonly schema: string;
  /**
   * Runs `work` in one transaction, or outside of any, on the connection without which nothing is written. A transaction that the
   * server undoes for another one's sake is run again.
   */
  transaction<T>(work: (connection: PostgresClient) => Promise<T>): Promise<T>;
  onConnection<T>(work: (connection: PostgresClient) => Promise<T>): Promise<T>;
  /** This journal, which takes what is written only while the claim is held: else `Conflict`, not retryable. */
  fenced(fence: Fence): Journal;
}

export function isSharedJournal(journal: Journal): journal is SharedJournal {
  return journal instanceof SharedPostgresJournal;
}

export class SharedPostgresJournal extends SqlJournal implements SharedJournal {
  readonly group: string;
  readonly schema: string;
  readonly #postgres: PostgresDatabase;

  constructor(database: PostgresDatabase, endpoints: Endpoints, schema: string, group: string) {
    super(database, endpoints);
    this.#postgres = database;
    this.schema = schema;
    this.group = group;
  }

  transaction<T>(work: (connection: PostgresClient) => Promise<T>): Promise<T> {
    return this.#postgres.transaction(work);
  }

  onConnection<T>(work: (connection: PostgresClient) => Promise<T>): Promise<T> {
    return this.#postgres.onConnection(work);
  }

  fenced(fence: Fence): Journal {
    return new SqlJournal(this.#postgres.fenced(fence), this.endpoints);
  }
}
