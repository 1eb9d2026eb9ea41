import { PostgresDialect } from 'kysely';
import pg from 'pg';

const { builtins, getTypeParser } = pg.types;

/** Counts and sizes as numbers, times as ISO 8601: as they are in SQLite. */
function parserOf(type: number, format?: 'text' | 'binary'): (value: string) => unknown {
  if (type === builtins.INT8 || type === builtins.NUMERIC) return Number;
  if (type === builtins.TIMESTAMPTZ) return (value) => new Date(value).toISOString();
  return getTypeParser(type, format === 'binary' ? 'text' : format);
}

/** @param onError Told of connections that break while nobody uses them; the pool makes new ones. */
export function postgresDialect(url: string, onError: (error: Error) => void): PostgresDialect {
  return new PostgresDialect({
    pool: async () => {
      const pool = new pg.Pool({
        connectionString: url,
        max: 10,
        connectionTimeoutMillis: 10_000,
        types: { getTypeParser: parserOf },
      });
      pool.on('error', onError);
      return pool;
    },
  });
}
