import { createHash } from 'node:crypto';
import { StorageError } from '@org/storage-core';
import type { PostgresClient } from '../postgres-client.js';

/**
 * Takes the lock of a journal for as long as the connection lasts: alone, or shared with others that migrate together.
 * @throws StorageError `Conflict` with who has it.
 */
export async function takeJournal(
  connection: PostgresClient,
  schema: string,
  place: string,
  access: 'work' | 'share',
): Promise<void> {
  const lock = lockKey(`journal ${schema}`);
  if (await tryLock(connection, lock, access === 'share')) return;
  // To tell who has it: those that share let another share it.
  const shared = access === 'work' && (await tryLock(connection, lock, true));
  throw new StorageError(
    'Conflict',
    shared
      ? `other processes are migrating together by the journal ${place}; wait for them to end, or stop them`
      : `another process is working with the journal ${place}; wait for it to end, or stop it`,
    { retryable: false },
  );
}

/** Keeps others from doing the same at once. */
export async function alone<T>(
  connection: PostgresClient,
  schema: string,
  work: () => Promise<T>,
): Promise<T> {
  const lock = lockKey(`schema ${schema}`);
  await connection.query('SELECT pg_advisory_lock($1)', [lock]);
  const done = await work();
  await connection.query('SELECT pg_advisory_unlock($1)', [lock]);
  return done;
}

async function tryLock(
  connection: PostgresClient,
  lock: string,
  shared: boolean,
): Promise<boolean> {
  const { rows } = await connection.query(
    `SELECT pg_try_advisory_lock${shared ? '_shared' : ''}($1) AS taken`,
    [lock],
  );
  return rows[0]?.['taken'] === true;
}

/** A number of 64 bits that no other application is likely to lock in this database. */
export function lockKey(what: string): string {
  const digest = createHash('sha256').update(`@org/storage-migration ${what}`).digest();
  return digest.readBigInt64BE().toString();
}
