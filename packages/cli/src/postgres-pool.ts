import { StorageError } from '@org/storage-core';
import type { Pool } from 'pg';

/** ms that connecting may take. */
const CONNECTING = 10_000;

/**
 * Connections to the database at `postgres://…`. No error tells its address, which may hold a password.
 * @param what For errors.
 * @throws StorageError `InvalidArgument` if it is no URL, `Unsupported` without the driver.
 */
export async function openPostgresPool(address: string, what: string): Promise<Pool> {
  if (!URL.canParse(address)) {
    throw new StorageError(
      'InvalidArgument',
      `the address of ${what} is no URL: write postgres://USER@HOST/DATABASE, with %40 for an @ in a password`,
    );
  }
  const Pool = await driver(what);
  const pool = new Pool({
    ...{ connectionString: address, connectionTimeoutMillis: CONNECTING, max: 2 },
    application_name: 'storage',
  });
  pool.on('error', () => {}); // an idle connection broke: the next query opens another, or fails by itself
  return pool;
}

async function driver(what: string) {
  try {
    return (await import('pg')).default.Pool;
  } catch (cause) {
    throw new StorageError(
      'Unsupported',
      `${what} in PostgreSQL needs the package "pg": install it beside @org/storage-cli`,
      { cause },
    );
  }
}
