import { randomUUID } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { Schema } from '../database/schema.js';

/** ms after which a process that does not renew its lease has lost it. */
const DURATION = 60_000;

/**
 * Runs something in one process at a time, whichever comes first: while it runs, the job's row names the process and a time, which is moved on as long as
 * the process lives.
 * @param run Its signal fires when the lease is lost, as in a process that was suspended.
 * @returns `undefined` if another process has it.
 */
export async function withLease<T>(
  db: Kysely<Schema>,
  name: string,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<{ readonly result: T } | undefined> {
  const holder = randomUUID();
  if (!(await take(db, name, holder))) return undefined;
  const lost = new AbortController();
  const renewal = setInterval(async () => {
    if (!(await renew(db, name, holder).catch(() => false))) lost.abort();
  }, DURATION / 4);
  try {
    return { result: await run(lost.signal) };
  } finally {
    clearInterval(renewal);
    await db
      .updateTable('jobs')
      .set({ holder: null, held_until: null })
      .where('name', '=', name)
      .where('holder', '=', holder)
      .execute();
  }
}

/** By the clock of the hosts, which have to agree to some seconds. */
async function take(db: Kysely<Schema>, name: string, holder: string): Promise<boolean> {
  const now = Date.now();
  const held_until = new Date(now + DURATION).toISOString();
  const { numInsertedOrUpdatedRows = 0n } = await db
    .insertInto('jobs')
    .values({ name, holder, held_until })
    .onConflict((conflict) =>
      conflict
        .column('name')
        .doUpdateSet({ holder, held_until })
        .where((where) =>
          where.or([
            where('jobs.held_until', 'is', null),
            where('jobs.held_until', '<', new Date(now).toISOString()),
          ]),
        ),
    )
    .executeTakeFirst();
  return numInsertedOrUpdatedRows > 0n;
}

async function renew(db: Kysely<Schema>, name: string, holder: string): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('jobs')
    .set({ held_until: new Date(Date.now() + DURATION).toISOString() })
    .where('name', '=', name)
    .where('holder', '=', holder)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}
