import type { Kysely } from 'kysely';
import type { DownloadDay } from '../../api-types.js';
import type { Schema } from '../database/schema.js';

/** Downloads that are added up with one statement. */
const BATCH = 10_000;

export async function recordDownload(
  db: Kysely<Schema>,
  file: { readonly id: string },
  bytes: number,
  at: Date,
): Promise<void> {
  await db
    .insertInto('downloads')
    .values({ at: at.toISOString(), file_id: file.id, bytes })
    .execute();
}

/** Adds single downloads up to one row for each file and day. @returns How many there were. */
export async function addUpDownloads(db: Kysely<Schema>): Promise<number> {
  for (let done = 0; ; ) {
    const added = await db.transaction().execute(async (transaction) => {
      const rows = await transaction
        .deleteFrom('downloads')
        .where('id', 'in', (sub) =>
          sub.selectFrom('downloads').select('id').orderBy('id').limit(BATCH),
        )
        .returningAll()
        .execute();
      for (const { day, file_id, count, bytes } of byDay(rows))
        await transaction
          .insertInto('download_days')
          .values({ day, file_id, count, bytes })
          .onConflict((conflict) =>
            conflict.columns(['day', 'file_id']).doUpdateSet(({ eb }) => ({
              count: eb('download_days.count', '+', count),
              bytes: eb('download_days.bytes', '+', bytes),
            })),
          )
          .execute();
      return rows.length;
    });
    done += added;
    if (added < BATCH) return done;
  }
}

/** In one order, so that two processes don't wait for each other. */
function byDay(rows: readonly { at: string; file_id: string; bytes: number }[]) {
  const days = new Map<string, { day: string; file_id: string; count: number; bytes: number }>();
  for (const { at, file_id, bytes } of rows) {
    const day = at.slice(0, 10);
    const sum = days.get(`${day} ${file_id}`) ?? { day, file_id, count: 0, bytes: 0 };
    days.set(`${day} ${file_id}`, { ...sum, count: sum.count + 1, bytes: sum.bytes + bytes });
  }
  return [...days].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, sum]) => sum);
}

/** Days without downloads are left out. @param since `YYYY-MM-DD`. */
export async function downloadDays(db: Kysely<Schema>, since: string): Promise<DownloadDay[]> {
  return db
    .selectFrom('download_days')
    .select('day')
    .select(({ fn }) => [fn.sum<number>('count').as('count'), fn.sum<number>('bytes').as('bytes')])
    .where('day', '>=', since)
    .groupBy('day')
    .orderBy('day')
    .execute();
}

/** The ids of the files that were downloaded most. */
export async function mostDownloaded(
  db: Kysely<Schema>,
  since: string,
  limit: number,
): Promise<{ readonly id: string; readonly count: number }[]> {
  return db
    .selectFrom('download_days')
    .innerJoin('files', 'files.id', 'download_days.file_id')
    .select('files.id')
    .select(({ fn }) => fn.sum<number>('count').as('count'))
    .where('day', '>=', since)
    .groupBy('files.id')
    .orderBy('count', 'desc')
    .orderBy('files.id')
    .limit(limit)
    .execute();
}
