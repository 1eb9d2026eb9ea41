/** What a client of PostgreSQL can do, such as a `Pool` of `pg`. */
export interface PostgresClient {
  query(
    sql: string,
    values?: unknown[],
  ): Promise<{ readonly rows: readonly Readonly<Record<string, unknown>>[] }>;
}

/** One connection, which nobody else uses meanwhile. */
export interface PostgresConnection extends PostgresClient {
  /** Called when the connection breaks. Without a listener, that would end the process. */
  on(event: 'error', listener: (error: Error) => void): unknown;
  /** Gives the connection back. @param destroy Closes it. */
  release(destroy?: boolean): void;
}

/** Connections to PostgreSQL, such as a `Pool` of `pg`. */
export interface PostgresPool {
  connect(): Promise<PostgresConnection>;
}

/** The error's SQLSTATE, or the system's code. */
export function postgresCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
