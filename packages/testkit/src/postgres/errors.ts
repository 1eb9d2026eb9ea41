/** PostgreSQL can't run on this machine: its message says what to do about it. */
export class PostgresUnavailableError extends Error {
  override readonly name = 'PostgresUnavailableError';
}

/** The server did not come up. The message ends with what it printed last. */
export class PostgresStartError extends Error {
  override readonly name = 'PostgresStartError';
}
