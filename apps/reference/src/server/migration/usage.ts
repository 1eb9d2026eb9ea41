import type { Kysely } from 'kysely';
import type { Schema } from '../database/schema.js';
import { type SideNames, THERE } from '../options.js';
import type { Count } from './state.js';

/** What the application's files take on each side, by its own table. */
export async function usageOf(
  db: Kysely<Schema>,
  names: SideNames = THERE,
): Promise<{ readonly source: Count; readonly target: Count }> {
  const rows = await db
    .selectFrom('files')
    .select(({ fn }) => ['provider', fn.countAll().as('files'), fn.sum('size').as('bytes')])
    .groupBy('provider')
    .execute();
  const of = (provider: string): Count => {
    const row = rows.find((each) => each.provider === provider);
    return { files: Number(row?.files ?? 0), bytes: Number(row?.bytes ?? 0) };
  };
  return { source: of(names.source), target: of(names.target) };
}
