import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { POSTGRES, SQLITE, type TestDatabase } from '../../migration/test/references/tables.js';
import { type Ended, Storage, setting, temporaryDirectory } from './fixtures.js';

const FILES = { a: 'one', 'dir/b': 'three', 'Übersicht 日本': '' };

const TABLE = `
  CREATE TABLE files (
    path text NOT NULL, provider text NOT NULL DEFAULT 'local', bytes integer, etag text, tenant integer
  )`;

async function application(database: TestDatabase) {
  const place = await setting(FILES);
  await database.run(TABLE);
  await database.insert(
    'files',
    Object.entries(FILES).map(([path, { length }]) => ({ path, bytes: length, tenant: 7 })),
  );
  const table = [
    ...['--database', database.address, '--key-column', 'path', '--size-column', 'bytes'],
  ];
  const check = (...options: string[]) =>
    place.storage.run('references', 'check', ...place.place, ...table, ...options);
  const update = (...options: string[]) =>
    place.storage.run('references', 'update', ...place.place, ...table, ...options);
  const providers = async () => {
    const rows = await database.rows('SELECT DISTINCT provider FROM files ORDER BY provider');
    return rows.map(({ provider }) => provider);
  };
  return { ...place, check, update, providers };
}

const parsed = (text: string): Record<string, unknown>[] =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

describe.each([SQLITE, POSTGRES])('storage references with $name', ({ open }) => {
  it('tells a table what was copied, and finds that both agree', async () => {
    const { storage, place, check, update, providers } = await application(await open());
    await storage.run('migrate', ...place);
    const behind = await check();
    expect(behind.code).toBe(1);
    expect(behind.stdout).toContain('rows that name another store than has the file: 3');
    const told = await update('--etag-column', 'etag');
    expect(told).toMatchObject({ code: 0 });
    expect(told.stdout).toBe('told now: 3\nComplete. Next: storage references check\n');
    expect(await providers()).toEqual(['s3']);
    const agreed = await check();
    expect(agreed).toMatchObject({ code: 0 });
    expect(agreed.stdout).toContain('named by rows: 3; in the stores: 3');
  });

  it('shows some of what is wrong, and writes all of it into a file', async () => {
    const database = await open();
    const { check, home, directory } = await application(database);
    await database.insert(
      'files',
      Array.from({ length: 7 }, (_, i) => ({ path: `gone\x1b${i}`, tenant: 7 })),
    );
    await database.run("DELETE FROM files WHERE path = 'a'");
    await writeFile(join(directory, 'dir', 'b'), 'longer');
    const file = join(home, 'all.jsonl');
    const { code, stdout } = await check('--findings', file);
    expect(code).toBe(1);
    expect(stdout.split('\n')).toEqual([
      'named by rows: 9; in the stores: 3',
      'rows whose file neither store has: 7',
      ...[0, 1, 2, 3, 4].map((i) => `  gone\\x1b${i}: 1 row(s) name it, neither store has it`),
      '  …',
      'files that no row names: 1',
      '  a: the source has it, no row names it',
      'rows that tell another size: 1',
      '  dir/b: it has 6 bytes in the source, a row tells 5',
      'Table and stores don’t agree.',
      '',
    ]);
    const all = parsed(await readFile(file, 'utf8'));
    expect(all).toHaveLength(9);
    const lines = parsed((await check('--json')).stdout);
    expect(lines.filter(({ type }) => type === 'finding')).toHaveLength(9);
    expect(lines.at(-1)).toMatchObject({
      ...{ type: 'report', outcome: 'inconsistent', referenced: 9, listed: 3 },
    });
  });

  it('keeps to the rows, the prefix and the names that it is given', async () => {
    const database = await open();
    const { storage, place, update, check, providers } = await application(database);
    await database.run("UPDATE files SET path = '/u/' || path, provider = 'disk'");
    await database.insert('files', [{ path: '/u/a', provider: 'disk', tenant: 8 }]);
    await storage.run('migrate', ...place);
    const names = ['--source-name', 'disk', '--target-name', 'bucket'];
    const rows = ['--key-prefix', '/u/', '--where', 'tenant=7', ...names];
    expect(await update(...rows)).toMatchObject({ code: 0 });
    expect(await providers()).toEqual(['bucket', 'disk']);
    expect(await check(...rows)).toMatchObject({ code: 0 });
  });

  it('goes back for a run that was taken back only', async () => {
    const database = await open();
    const { storage, place, update, providers } = await application(database);
    await storage.run('migrate', ...place);
    await update();
    const back = await update('--reverted', 'no such run');
    expect(back.stdout).toBe('Complete. Next: storage references check\n');
    expect(await providers()).toEqual(['s3']);
  });

  it('says that there is no such column', async () => {
    const { update, storage, place } = await application(await open());
    await storage.run('migrate', ...place);
    const { code, stderr } = await update('--provider-column', 'nothing');
    expect(code).toBe(2);
    expect(stderr).toMatch(/^storage: the table "files".*nothing/m);
  });
});

describe('storage references', () => {
  const usage = async (...options: string[]): Promise<Ended> => {
    const storage = new Storage(await temporaryDirectory(), {});
    const journal = ['--journal', join(storage.home, 'none.sqlite'), '--key-column', 'path'];
    return storage.run('references', 'update', ...journal, ...options);
  };

  it.each([
    [['--database', 'mysql://host/db'], '--database takes sqlite:FILE or postgres://'],
    [['--database', 'sqlite:/no/such/file'], 'there is no database /no/such/file'],
    [[], '--database'],
    [['--database', 'sqlite:x', '--where', 'tenant'], 'COLUMN=VALUE'],
  ])('refuses %j', async (options, message) => {
    const { code, stderr } = await usage(...options);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });

  it('never prints a password', async () => {
    const { address } = await POSTGRES.open();
    const wrong = new URL(address);
    wrong.password = 'hunter2%40';
    const nobody = new URL(wrong);
    nobody.port = '1';
    const broken = 'postgres://me:hunter2@host:port/db';
    for (const database of [wrong.href, nobody.href, broken, `${nobody.href}?password=hunter2`]) {
      const { code, stdout, stderr } = await usage('--database', database, '--debug');
      expect(code).toBe(2);
      expect(stdout + stderr).not.toContain('hunter2');
    }
  });

  it('says what to install if there is no driver for PostgreSQL', async () => {
    const home = await temporaryDirectory();
    const hooks = pathToFileURL(join(home, 'hooks.mjs'));
    const register = pathToFileURL(join(home, 'register.mjs'));
    await writeFile(
      hooks,
      `export async function resolve(name, context, next) {
        if (name === 'pg') throw Object.assign(new Error('no pg'), { code: 'ERR_MODULE_NOT_FOUND' });
        return next(name, context);
      }`,
    );
    await writeFile(
      register,
      `import { register } from 'node:module'; register(${JSON.stringify(hooks.href)});`,
    );
    const storage = new Storage(home, { NODE_OPTIONS: `--import=${register.href}` });
    const { code, stderr } = await storage.spawned(
      ...['references', 'update', '--journal', 'x', '--key-column', 'path'],
      ...['--database', 'postgres://me:hunter2@localhost/db'],
    );
    expect(code).toBe(2);
    expect(stderr).toContain('needs the package "pg": install it beside @org/storage-cli');
    await rm(home, { recursive: true });
  });
});
