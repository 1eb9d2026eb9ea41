import { asStorageError, type Key, StorageError, type StorageErrorCode } from '@org/storage-core';
import { messageOf } from '../journal/postgres-error.js';
import { type Row, text } from '../journal/row.js';
import { type PostgresClient, postgresCode } from '../postgres-client.js';
import {
  type Moved,
  type MovedFile,
  outcomeOf,
  type Reference,
  type ReferencePageOptions,
  type ReferenceStore,
} from './reference-store.js';
import {
  type Dialect,
  type Query,
  ReferenceTable,
  type ReferenceTableOptions,
  withValues,
} from './reference-table.js';

const POSTGRES: Dialect = {
  collation: '"C"',
  placeholder: (number) => `$${number}`,
  oneOf: (value, placeholder) => `${value} = ANY (${placeholder}::text[])`,
  now: 'now()',
};

/**
 * A table in a PostgreSQL database. The client must be connected to the primary and make each query a transaction of its own, as a
 * `Pool` of `pg` does. `close` leaves it open. The column of keys needs an index of its bytes (`COLLATE "C"`), see
 * `migrations/postgres/add_key_index.sql`.
 * @throws StorageError `InvalidArgument` for what can't be a name.
 */
export function postgresReferences(
  client: PostgresClient,
  options: ReferenceTableOptions,
): ReferenceStore {
  return new PostgresReferences(client, new ReferenceTable(options, POSTGRES));
}

class PostgresReferences implements ReferenceStore {
  readonly place: string;
  readonly #client: PostgresClient;
  readonly #table: ReferenceTable;

  constructor(client: PostgresClient, table: ReferenceTable) {
    this.place = `the table ${table.name}`;
    this.#client = client;
    this.#table = table;
  }

  async page(options: ReferencePageOptions): Promise<Reference[]> {
    return (await this.#send(this.#table.page(options))).map((row) => this.#table.reference(row));
  }

  async find(keys: readonly Key[]): Promise<Reference[]> {
    const values = keys.map((key) => this.#table.keys.valueOf(key));
    return (await this.#send(this.#table.find(values))).map((row) => this.#table.reference(row));
  }

  async moved(files: readonly MovedFile[], from: string, to: string): Promise<Moved> {
    const batch = withValues(files, this.#table);
    const changed = await this.#send(this.#move(batch, from, to));
    const values = new Set(changed.map((row) => text(row, 'value')));
    const keys = batch.filter(({ value }) => values.has(value)).map(({ key }) => key);
    return outcomeOf(files, to, new Set(keys), await this.find(files.map(({ key }) => key)));
  }

  async close(): Promise<void> {}

  /**
   * One statement. It locks the rows in the order of their keys before it changes them: an UPDATE alone takes them as it finds
   * them, and two would wait for each other (https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-DEADLOCKS).
   */
  #move(
    batch: readonly (MovedFile & { readonly value: string })[],
    from: string,
    to: string,
  ): Query {
    const { name, value } = this.#table;
    return this.#table.query((bind) => {
      const values = bind(batch.map((file) => file.value));
      const etags = bind(batch.map(({ etag }) => (etag === null ? '' : (etag ?? null))));
      const sizes = bind(batch.map(({ size }) => size ?? null));
      const checksums = bind(batch.map(({ checksum }) => checksum ?? null));
      const set = { etag: 'moved.etag', size: 'moved.size', checksum: 'moved.checksum' };
      return `
        WITH moved AS (
          SELECT * FROM unnest(${values}::text[], ${etags}::text[], ${sizes}::bigint[], ${checksums}::text[])
            AS given (value, etag, size, checksum)
        ), locked AS (
          SELECT ${value} AS value FROM ${name} AS t
          WHERE ${POSTGRES.oneOf(value, values)} AND ${this.#table.naming(from, bind)}
          ORDER BY ${value}, t.ctid FOR NO KEY UPDATE
        )
        UPDATE ${name} AS t SET ${this.#table.assignments(bind(to), set)}
        FROM moved
        WHERE ${value} = moved.value AND ${this.#table.naming(from, bind)}
          AND moved.value IN (SELECT value FROM locked)
        RETURNING ${value} AS value`;
    });
  }

  async #send([sql, values]: Query): Promise<readonly Row[]> {
    try {
      return (await this.#client.query(sql, values)).rows;
    } catch (error) {
      const context = { operation: 'query', provider: 'PostgreSQL' };
      throw asStorageError(error, context, (cause) => postgresError(cause, this.place));
    }
  }
}

/** By the beginning of the SQLSTATE, https://www.postgresql.org/docs/current/errcodes-appendix.html; the first that fits. */
const CODES: readonly (readonly [state: string, code: StorageErrorCode])[] = [
  ['40', 'Conflict'], // serialization failure, deadlock
  ['55P03', 'Conflict'], // lock not available
  ['57014', 'Timeout'], // a statement’s time was over
  ['53100', 'QuotaExceeded'], // disk full
  ['25006', 'Unavailable'], // read-only: a replica, or a primary that is going away
  ['08', 'Unavailable'],
  ['53', 'Unavailable'],
  ['57', 'Unavailable'],
  ['42501', 'AccessDenied'],
  ['28', 'AccessDenied'],
  ['22', 'InvalidArgument'], // a value that its column can’t hold
  ['23', 'InvalidArgument'], // a constraint of the table
  ['42', 'InvalidArgument'], // no such table or column
  ['44', 'InvalidArgument'],
  ['3D', 'InvalidArgument'], // no such database
  ['3F', 'InvalidArgument'], // no such schema
  ['P0', 'InvalidArgument'], // a trigger of the table
];

function postgresError(error: unknown, place: string): StorageError {
  const state = sqlState(error);
  // Without a state it is the connection that failed.
  const code =
    state === undefined
      ? 'Unavailable'
      : (CODES.find(([beginning]) => state.startsWith(beginning))?.[1] ?? 'Unknown');
  return new StorageError(code, `${place}: ${messageOf(error)}`, { cause: error });
}

/** Told from Node’s codes, such as `EPIPE`, by a digit. */
function sqlState(error: unknown): string | undefined {
  const code = postgresCode(error) ?? '';
  return /^(?=.*\d)[0-9A-Z]{5}$/.test(code) ? code : undefined;
}
