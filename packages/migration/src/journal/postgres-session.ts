import { StorageError } from '@org/storage-core';
import type { PostgresClient, PostgresConnection, PostgresPool } from '../postgres-client.js';

/**
 * One connection to the database, which one caller uses at a time. What has to hold for as long as the connection does, such as a
 * lock, is set up when it is made.
 */
export class PostgresSession {
  readonly #pool: PostgresPool;
  readonly #setUp: (connection: PostgresClient) => Promise<void>;
  readonly #renewable: boolean;
  #connection: PostgresConnection | undefined;
  #lost: Error | undefined;
  #closed = false;
  #turn: Promise<unknown> = Promise.resolve();

  /** @param renewable Whether a connection that breaks is followed by another. */
  constructor(
    pool: PostgresPool,
    setUp: (connection: PostgresClient) => Promise<void>,
    renewable: boolean,
  ) {
    this.#pool = pool;
    this.#setUp = setUp;
    this.#renewable = renewable;
  }

  /** Runs `work` on the connection when those that came before have ended. */
  run<T>(work: (connection: PostgresClient) => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(unavailable('the journal is closed'));
    const turn = this.#turn.then(async () => work(this.#connection ?? (await this.#connect())));
    this.#turn = turn.catch(() => {}); // its caller's
    return turn;
  }

  /** Closes the connection when all work has ended. What was set up for it ends with it. */
  async close(end: (connection: PostgresClient) => Promise<unknown>): Promise<void> {
    const turn = this.#turn;
    this.#closed = true;
    await turn;
    const connection = this.#connection;
    if (connection === undefined) return;
    await end(connection).catch(() => {}); // it is lost, and what was set up has ended
    this.#drop(connection);
  }

  async #connect(): Promise<PostgresConnection> {
    if (this.#lost !== undefined && !this.#renewable) {
      throw unavailable(
        `the connection to the journal’s database is lost; run again, which goes on from here: ${this.#lost.message}`,
        this.#lost,
      );
    }
    const connection = await this.#pool.connect();
    this.#connection = connection;
    connection.on('error', (error) => {
      this.#lost = error;
      this.#drop(connection);
    });
    try {
      await this.#setUp(connection);
      return connection;
    } catch (error) {
      this.#drop(connection);
      throw error;
    }
  }

  #drop(connection: PostgresConnection): void {
    if (this.#connection !== connection) return;
    this.#connection = undefined;
    connection.release(true);
  }
}

function unavailable(message: string, cause?: Error): StorageError {
  return new StorageError('Unavailable', message, { cause, retryable: false });
}
