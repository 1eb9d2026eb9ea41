import { compareKeys } from '@org/storage-core';
import { describe, expect, it } from 'vitest';
import { prefixedKeys, type Reference, type ReferenceStore } from '../../src/index.js';
import { keys, POSTGRES, SQLITE } from './tables.js';

const TABLE = `
  CREATE TABLE files (
    id integer PRIMARY KEY, path varchar(1100) NOT NULL, provider text DEFAULT 'local', open boolean,
    size bigint, etag text, checksum text, moved_at text, tenant integer
  )`;

async function all(references: ReferenceStore, limit: number): Promise<Reference[]> {
  const found: Reference[] = [];
  for (;;) {
    const after = found.at(-1)?.value;
    const page = await references.page({ limit, ...(after === undefined ? {} : { after }) });
    found.push(...page);
    if (page.length < limit) return found;
  }
}

const files = (...paths: readonly string[]) => keys(...paths).map((key) => ({ key }));

describe.each([SQLITE, POSTGRES])('a table of files in $name', ({ open, caseless }) => {
  let next = 0;
  const row = (path: string, others: Readonly<Record<string, unknown>> = {}) => ({
    id: next++,
    path,
    ...others,
  });

  it('says of each file of a batch what became of its rows', async () => {
    const database = await open();
    await database.run(TABLE);
    await database.insert('files', [
      row('here'),
      row('there', { provider: 's3' }),
      row('elsewhere', { provider: 'cdn' }),
      row('nowhere', { provider: null }),
      row('untouched'),
    ]);
    const references = database.references();
    const batch = files('there', 'here', 'unknown', 'elsewhere', 'nowhere');
    const moved = await references.moved(batch, 'local', 's3');
    expect(moved).toMatchObject({ changed: ['here'], already: ['there'], missing: ['unknown'] });
    expect(moved.other).toMatchObject([
      { key: 'elsewhere', providers: ['cdn'] },
      { key: 'nowhere', providers: [null] },
    ]);
    expect(await database.rows('SELECT path, provider FROM files ORDER BY id')).toEqual([
      { path: 'here', provider: 's3' },
      { path: 'there', provider: 's3' },
      { path: 'elsewhere', provider: 'cdn' },
      { path: 'nowhere', provider: null },
      { path: 'untouched', provider: 'local' },
    ]);
    const again = await references.moved(files('here'), 'local', 's3');
    expect(again).toEqual({ changed: [], already: ['here'], missing: [], other: [] });
    const back = await references.moved(files('here'), 's3', 'local');
    expect(back.changed).toEqual(['here']);
  });

  it('writes what is known of a file, but not over what the application has written', async () => {
    const database = await open();
    await database.run(TABLE);
    const columns = { key: 'path', size: 'size', etag: 'etag', checksum: 'checksum' };
    const references = database.references({ columns: { ...columns, migratedAt: 'moved_at' } });
    await database.insert('files', [
      row('empty'),
      row('full', { size: 7, etag: 'old', checksum: 'own' }),
      row('bare', { size: 7, etag: 'old', checksum: 'own' }),
      row('done', { provider: 's3', etag: 'theirs' }),
    ]);
    const known = { etag: 'new', size: 5, checksum: 'sum' };
    const batch = keys('empty', 'full', 'done').map((key) => ({ key, ...known }));
    await references.moved([...batch, ...files('bare')], 'local', 's3');
    const rows = () =>
      database.rows(
        "SELECT path, size, etag, checksum, moved_at LIKE '20%' AS moved FROM files ORDER BY id",
      );
    const told = (await rows()).map(({ path, size, etag, checksum, moved }) =>
      [path, Number(size), etag, checksum, Boolean(moved)].join(),
    );
    expect(told).toEqual([
      'empty,5,new,sum,true',
      'full,7,new,own,true',
      'bare,7,old,own,true',
      'done,0,theirs,,false',
    ]);
    await references.moved([{ key: keys('full')[0] ?? raise(), etag: null }], 's3', 'local');
    expect((await rows())[1]).toMatchObject({ etag: null, checksum: 'own' });
  });

  it('tells keys in the order of their bytes, each once, whatever the size of a page', async () => {
    const database = await open();
    await database.run(TABLE);
    const paths = ['b', 'a/b', 'a', 'A', 'ä', 'a.txt', '￮', '😀', 'z', 'é/日本', 'a b', 'a_b', '%'];
    await database.insert(
      'files',
      paths.map((path) => row(path)),
    );
    await database.insert('files', [row('a', { provider: 's3' }), row('a', { provider: null })]);
    const references = database.references();
    for (const limit of [1, 2, 5, 100]) {
      const found = await all(references, limit);
      expect(found.map(({ key }) => key)).toEqual([...paths].sort(compareKeys));
      expect(found.find(({ key }) => key === 'a')).toMatchObject({
        rows: 3,
        providers: ['local', 's3', null],
      });
    }
  });

  it('changes all rows of a key, and tells one that was left behind', async () => {
    const database = await open();
    await database.run(TABLE);
    await database.insert('files', [row('a'), row('a', { provider: 's3' }), row('a')]);
    await database.insert('files', [row('b'), row('b', { provider: 'cdn' })]);
    const moved = await database.references().moved(files('a', 'b'), 'local', 's3');
    expect(moved).toMatchObject({
      changed: ['a'],
      other: [{ key: 'b', providers: ['cdn', 's3'] }],
    });
  });

  it('compares keys by their bytes where the column does not', async () => {
    const database = await open();
    await database.run(TABLE.replace('path varchar(1100)', `path text COLLATE ${caseless}`));
    await database.insert('files', [row('photo.jpg'), row('Photo.jpg')]);
    const references = database.references();
    expect((await references.moved(files('photo.jpg'), 'local', 's3')).changed).toHaveLength(1);
    expect((await all(references, 10)).map(({ key, providers }) => [key, ...providers])).toEqual([
      ['Photo.jpg', 'local'],
      ['photo.jpg', 's3'],
    ]);
    expect(await references.find(keys('PHOTO.jpg'))).toEqual([]);
  });

  it('looks only at the rows that it is told to', async () => {
    const database = await open();
    await database.run(TABLE);
    await database.insert('files', [
      row('a', { tenant: 1 }),
      row('a', { tenant: 2 }),
      row('b', { tenant: null }),
    ]);
    const first = database.references({ where: { tenant: 1 } });
    expect((await first.moved(files('a', 'b'), 'local', 's3')).missing).toEqual(['b']);
    expect(await all(first, 1)).toMatchObject([{ key: 'a', rows: 1, providers: ['s3'] }]);
    const second = database.references({ where: { tenant: '2' } });
    expect(await all(second, 1)).toMatchObject([{ key: 'a', rows: 1, providers: ['local'] }]);
    await database.run('UPDATE files SET open = true WHERE tenant = 2');
    const opened = database.references({ where: { open: true } });
    expect(await all(opened, 1)).toMatchObject([{ key: 'a', rows: 1, providers: ['local'] }]);
    const none = database.references({ where: { tenant: null } });
    expect(await all(none, 1)).toMatchObject([{ key: 'b', rows: 1 }]);
  });

  it('maps keys to what the table has in their place', async () => {
    const database = await open();
    await database.run(TABLE);
    await database.insert('files', [row('/u/a'), row('/u/b'), row('a'), row('/u//c')]);
    const references = database.references({ keys: prefixedKeys('/u/') });
    expect((await references.moved(files('a'), 'local', 's3')).changed).toEqual(['a']);
    expect(await all(references, 10)).toMatchObject([
      { value: '/u//c', key: undefined },
      { value: '/u/a', key: 'a', providers: ['s3'] },
      { value: '/u/b', key: 'b', providers: ['local'] },
      { value: 'a', key: undefined, providers: ['local'] },
    ]);
  });

  it('takes any names and any keys for what they are', async () => {
    const database = await open();
    const [table, path, provider] = ['my "files"; --', "pa'th $1 ?1", 'where'];
    await database.run(
      `CREATE TABLE "my ""files""; --" (id integer, "${path}" text, "${provider}" text DEFAULT 'local')`,
    );
    const key = `x'); DELETE FROM "my ""files""; --"; -- {"a",\\}`;
    await database.insert(table, [
      { id: 1, [path]: key },
      { id: 2, [path]: 'other' },
    ]);
    const references = database.references({ table, columns: { key: path, provider } });
    const moved = await references.moved(files(key, "' OR ''='"), 'local', "s'3");
    expect(moved).toMatchObject({ changed: [key], missing: ["' OR ''='"] });
    expect(await all(references, 1)).toMatchObject([
      { key: 'other', providers: ['local'] },
      { key, providers: ["s'3"] },
    ]);
  });

  it.each(['', 'a\0b'])('refuses the name %j', async (table) => {
    const database = await open();
    expect(() => database.references({ table })).toThrow('can’t be a name');
    expect(() => database.references({ columns: { key: 'path', size: table } })).toThrow('a name');
    expect(() => database.references({ where: { [table]: 1 } })).toThrow('a name');
  });

  it.each([
    ['table', { table: 'nothing' }],
    ['column', { columns: { key: 'nothing' } }],
    ['provider’s column', { columns: { key: 'path', provider: 'nothing' } }],
  ])('says that there is no such %s', async (_, options) => {
    const database = await open();
    await database.run(TABLE);
    const asked = database.references(options).page({ limit: 1 });
    await expect(asked).rejects.toMatchObject({
      code: 'InvalidArgument',
      message: expect.stringContaining('nothing'),
    });
  });

  it('changes all of a batch or nothing', async () => {
    const database = await open();
    await database.run(TABLE.replace('etag text', "etag text CHECK (etag <> 'no')"));
    await database.insert('files', [row('a'), row('b')]);
    const columns = { key: 'path', etag: 'etag' };
    const batch = keys('a', 'b').map((key) => ({ key, etag: key === 'b' ? 'no' : 'yes' }));
    const moved = database.references({ columns }).moved(batch, 'local', 's3');
    await expect(moved).rejects.toMatchObject({ code: 'InvalidArgument', retryable: false });
    expect(await all(database.references(), 10)).toMatchObject([
      { providers: ['local'] },
      { providers: ['local'] },
    ]);
  });

  it('passes over rows that have no key', async () => {
    const database = await open();
    await database.run(TABLE.replace('NOT NULL', ''));
    await database.insert('files', [row('a'), { id: next++, path: null }]);
    expect(await all(database.references(), 1)).toMatchObject([{ key: 'a', rows: 1 }]);
  });
});

function raise(): never {
  throw new Error('no such key');
}
