import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Libsql from 'libsql';
import { expect, it } from 'vitest';
import { openDatabase } from '../../../src/server/database/database.js';
import { migrateSchema } from '../../../src/server/database/migrations.js';

it('a transaction that has only read so far keeps other processes from writing, so that it can still write', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'reference-sqlite-'));
  const file = join(directory, 'app.sqlite');
  const database = openDatabase(`sqlite:${file}`);
  await migrateSchema(database);
  const other = new Libsql(file, { timeout: 0 });
  const write = (name: string) => other.exec(`INSERT INTO jobs (name) VALUES ('${name}')`);
  try {
    await database.db.transaction().execute(async (transaction) => {
      expect(await transaction.selectFrom('jobs').selectAll().execute()).toEqual([]);
      expect(() => write('too early')).toThrow(/locked/);
      await transaction.insertInto('jobs').values({ name: 'first' }).execute();
    });
    write('second');
    const rows = await database.db.selectFrom('jobs').select('name').orderBy('name').execute();
    expect(rows.map(({ name }) => name)).toEqual(['first', 'second']);
  } finally {
    other.close();
    await database.close();
    await rm(directory, { recursive: true, force: true });
  }
});
