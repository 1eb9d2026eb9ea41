import { asStorageError, isStorageError, StorageError } from '@org/storage-core';
import {
  encodeMemberRecord,
  encodeWantedMode,
  type FleetRegistry,
  type MemberRecord,
  parseMemberRecord,
  parseWantedMode,
  type Version,
  type WantedEntry,
  type WantedMode,
} from '@org/storage-hybrid';
import { type PostgresClient, postgresCode } from '../postgres-client.js';

export interface PostgresFleetRegistryOptions {
  /**
   * Of the members; with the endings `_tokens` and `_wanted`, of the tokens and of the wanted mode. Lower-case letters, digits and underscores, after a schema and a
   * dot if one is meant. Default `storage_fleet`.
   */
  readonly table?: string | undefined;
}

const TABLE = /^([a-z_][a-z0-9_]*\.)?[a-z_][a-z0-9_]*$/;
/** PostgreSQL’s, in bytes; the longest of the names end in `_tokens_pkey` and `_wanted_pkey`. */
const LONGEST_NAME = 63 - '_tokens_pkey'.length;

/** SQLSTATEs of what another process makes at the same moment, or has made, for users who may not make tables. */
const MADE_BY_OTHERS: readonly unknown[] = ['23505', '42P07', '42710', '42501'];

/**
 * A registry in three tables of a PostgreSQL database, which it makes if they are missing. The client must be connected to the
 * primary: a replica’s list is late. `close` leaves the client open.
 * @throws StorageError `InvalidArgument` for a name that can’t be a table’s.
 */
export function postgresFleetRegistry(
  client: PostgresClient,
  options: PostgresFleetRegistryOptions = {},
): FleetRegistry {
  const { table = 'storage_fleet' } = options;
  const name = table.split('.').at(-1) ?? '';
  if (!TABLE.test(table) || name.length > LONGEST_NAME)
    throw new StorageError(
      'InvalidArgument',
      `${JSON.stringify(table)} can’t be the table’s name: it has lower-case letters, digits and underscores, at most ${LONGEST_NAME}`,
    );
  return new PostgresFleetRegistry(client, table);
}

class PostgresFleetRegistry implements FleetRegistry {
  readonly #client: PostgresClient;
  readonly #table: string;
  #made: Promise<void> | undefined;

  constructor(client: PostgresClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  async join(member: MemberRecord): Promise<Version | undefined> {
    const rows = await this.#query(
      `INSERT INTO ${this.#table} (id, beat, record) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING RETURNING id`,
      [member.id, member.beat, encodeMemberRecord(member)],
    );
    return rows.length === 1 ? String(member.beat) : undefined;
  }

  async update(member: MemberRecord, version: Version): Promise<Version | undefined> {
    const rows = await this.#query(
      `UPDATE ${this.#table} SET beat = $1, record = $2 WHERE id = $3 AND beat = $4 RETURNING id`,
      [member.beat, encodeMemberRecord(member), member.id, Number(version)],
    );
    return rows.length === 1 ? String(member.beat) : undefined;
  }

  async remove(id: string, version: Version): Promise<boolean> {
    const rows = await this.#query(
      `DELETE FROM ${this.#table} WHERE id = $1 AND beat = $2 RETURNING id`,
      [id, Number(version)],
    );
    return rows.length === 1;
  }

  async list(): Promise<readonly { member: MemberRecord; version: Version }[]> {
    const rows = await this.#query(`SELECT id, beat, record FROM ${this.#table} ORDER BY id`);
    return rows.map((row) => {
      const id = String(row['id']);
      const place = `${id} in the table ${this.#table}`;
      return {
        member: parseMemberRecord(String(row['record']), id, place),
        version: String(row['beat']),
      };
    });
  }

  async nextToken(): Promise<number> {
    // Not a sequence: after a crash, one may give out a number again that no transaction has written.
    const [row] = await this.#query(
      `INSERT INTO ${this.#table}_tokens AS tokens (id, last) VALUES (1, 1)
       ON CONFLICT (id) DO UPDATE SET last = tokens.last + 1 RETURNING last`,
    );
    const token = Number(row?.['last']); // a bigint comes as text
    if (!Number.isSafeInteger(token))
      throw new StorageError('Unknown', `the table ${this.#table}_tokens gave no number`);
    return token;
  }

  async wanted(): Promise<WantedEntry | undefined> {
    const [row] = await this.#query(`SELECT number, record FROM ${this.#table}_wanted`);
    if (row === undefined) return undefined;
    const place = `the wanted mode in the table ${this.#table}_wanted`;
    return {
      wanted: parseWantedMode(String(row['record']), place),
      version: String(row['number']),
    };
  }

  async want(wanted: WantedMode, version: Version | undefined): Promise<Version | undefined> {
    const { number } = wanted;
    const record = encodeWantedMode(wanted);
    const rows =
      version === undefined
        ? await this.#query(
            `INSERT INTO ${this.#table}_wanted (id, number, record) VALUES (1, $1, $2) ON CONFLICT (id) DO NOTHING RETURNING id`,
            [number, record],
          )
        : await this.#query(
            `UPDATE ${this.#table}_wanted SET number = $1, record = $2 WHERE number = $3 RETURNING id`,
            [number, record, Number(version)],
          );
    return rows.length === 1 ? String(number) : undefined;
  }

  async close(): Promise<void> {}

  async #query(sql: string, values: unknown[] = []) {
    this.#made ??= this.#make();
    await this.#made.catch((error: unknown) => {
      this.#made = undefined; // the next query tries again
      throw error;
    });
    return this.#send(sql, values);
  }

  async #make(): Promise<void> {
    const tables = [
      `${this.#table} (id text PRIMARY KEY, beat bigint NOT NULL, record text NOT NULL)`,
      `${this.#table}_tokens (id integer PRIMARY KEY CHECK (id = 1), last bigint NOT NULL)`,
      `${this.#table}_wanted (id integer PRIMARY KEY CHECK (id = 1), number bigint NOT NULL, record text NOT NULL)`,
    ];
    for (const table of tables) {
      await this.#send(`CREATE TABLE IF NOT EXISTS ${table}`, []).catch((error: unknown) => {
        if (!isStorageError(error) || !MADE_BY_OTHERS.includes(postgresCode(error.cause)))
          throw error;
      });
    }
  }

  async #send(sql: string, values: unknown[]) {
    try {
      return (await this.#client.query(sql, values)).rows;
    } catch (error) {
      throw asStorageError(error, { operation: 'query', provider: 'PostgreSQL' }, unavailable);
    }
  }
}

function unavailable(error: unknown): StorageError {
  const message = error instanceof Error ? error.message : String(error);
  return new StorageError('Unavailable', `the fleet’s registry can’t be used: ${message}`, {
    cause: error,
  });
}
