import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from '../pages.ts';
import type { MakeWorld } from '../snippets/world.ts';
import { withPostgres } from './postgres.ts';

/** The application's table, with a row for each of its files, and what the page's templates make of it. */
const PROGRAM = `
import { readFile } from 'node:fs/promises';
import pg from 'pg';
const client = new pg.Client();
await client.connect();
await client.query('CREATE TABLE files (id serial PRIMARY KEY, path text NOT NULL UNIQUE, title text)');
for (const path of ['a.txt', 'invoices/2026/1.pdf', 'pictures/ship.jpg'])
  await client.query('INSERT INTO files (path) VALUES ($1)', [path]);
for (const name of ['add_storage_metadata', 'add_key_index'])
  await client.query(await readFile(process.argv[2] + '/' + name + '.sql', 'utf8'));
await client.end();
`;

const make: MakeWorld = async (world) => {
  const { host, port, user, password, database } = await withPostgres(
    world,
    'postgres://app@db/app',
  );
  Object.assign(world.env, {
    PGHOST: host,
    PGPORT: String(port),
    PGUSER: user,
    PGPASSWORD: password,
    PGDATABASE: database,
  });
  await writeFile(join(world.directory, 'table.js'), PROGRAM);
  await world.sh(`node table.js ${join(ROOT, 'packages/migration/migrations/postgres')}`);
};

export default make;
