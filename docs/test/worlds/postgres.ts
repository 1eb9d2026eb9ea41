import { type Postgres, startPostgres } from '../../../packages/testkit/src/postgres/index.ts';
import type { World } from '../snippets/world.ts';

/** A database of the page's own, in place of those that it names. */
export async function withPostgres(world: World, ...named: readonly string[]): Promise<Postgres> {
  const postgres = await startPostgres();
  world.defer(() => postgres.stop());
  for (const each of named) world.place.replace(each, postgres.url);
  return postgres;
}
