import { StorageError } from '@org/storage-core';
import type { Pool } from 'pg';
import { optionalPackage } from './optional-package.js';

/** ms that connecting may take. */
const CONNECTING = 10_000;

/**
 * Connections to the database of a fleet’s registry. No error tells its address, which may hold a password.
 * @throws StorageError `InvalidArgument` if it is no URL, `Unsupported` without the driver.
 */
export async function openPostgresPool(address: string): Promise<Pool> {
  if (!URL.canParse(address))
    throw new StorageError(
      'InvalidArgument',
      'the address of the fleet’s registry is no URL: write postgres://USER@HOST/DATABASE, with %40 for an @ in a password',
    );
  const driver = await optionalPackage(
    'pg',
    'a fleet’s registry in PostgreSQL',
    () => import('pg'),
  );
  const pool = new driver.default.Pool({
    ...{ connectionString: address, connectionTimeoutMillis: CONNECTING, max: 2 },
    application_name: 'storage',
  });
  pool.on('error', () => {}); // an idle connection broke: the next query opens another, or fails by itself
  return pool;
}
