import type { MakeWorld } from '../snippets/world.ts';
import { withPostgres } from './postgres.ts';

const make: MakeWorld = async (world) => {
  world.env['JOURNAL_URL'] = (await withPostgres(world)).url;
};

export default make;
