import { compareKeys, MemoryStorageProvider, StorageError } from '@org/storage-core';
import { putTombstone } from '@org/storage-hybrid';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type CheckReferencesOptions,
  checkReferences,
  type Reference,
  type ReferenceFinding,
  type ReferenceStore,
} from '../../src/index.js';
import { altered, memoryWith, quickly } from '../fixtures.js';
import { changed, keys, SQLITE } from './tables.js';

interface Row {
  readonly path: string;
  readonly provider?: string | null;
  readonly size?: number | null;
}

async function tableOf(rows: readonly Row[]): Promise<ReferenceStore> {
  const database = await SQLITE.open();
  await database.run("CREATE TABLE files (path text, provider text DEFAULT 'local', size integer)");
  await database.insert(
    'files',
    rows.map((row) => ({ ...row })),
  );
  await database.run('CREATE INDEX files_by_path ON files (path)');
  return database.references({ columns: { key: 'path', size: 'size' } });
}

async function check(options: CheckReferencesOptions) {
  const all: ReferenceFinding[] = [];
  const onFinding = (finding: ReferenceFinding) => void all.push(finding);
  const report = await checkReferences({ retry: quickly, onFinding, ...options });
  all.sort((a, b) => compareKeys(a.key, b.key));
  return { ...report, all: all.map(({ kind, key }) => `${kind} ${key}`) };
}

describe('checking references', () => {
  it('finds nothing where the table says where every file is', async () => {
    const source = await memoryWith({ a: 'one', both: 'old' });
    const target = await memoryWith({ b: 'three', both: 'newer' }, 'target');
    const references = await tableOf([
      { path: 'a', size: 3 },
      { path: 'b', provider: 's3', size: 5 },
      { path: 'both', provider: 's3' },
    ]);
    expect(await check({ source, target, references })).toMatchObject({
      ...{ outcome: 'consistent', referenced: 3, listed: 3, all: [], examples: [] },
    });
  });

  it('finds rows without a file, files without a row, wrong providers, wrong sizes and what is no key', async () => {
    const source = await memoryWith({
      left: '1',
      lower: '1',
      orphan: '1',
      shadowed: '1',
      small: '1',
    });
    const target = await memoryWith(
      { alone: '1', big: '12', moved: '1', shadowed: '12' },
      'target',
    );
    await putTombstone(target, 'dead', undefined, undefined);
    await putTombstone(target, 'left', undefined, undefined);
    await putTombstone(target, 'gone', undefined, undefined);
    const references = await tableOf([
      { path: '/abs' },
      { path: 'big', provider: 's3', size: 3 },
      { path: 'dead', provider: 's3' },
      { path: 'left' },
      { path: 'lower', provider: 's3' },
      { path: 'moved' },
      { path: 'nothing' },
      { path: 'shadowed', size: 1 },
      { path: 'small', size: 1 },
      { path: 'small', provider: null, size: 1 },
    ]);
    const found = await check({ source, target, references });
    expect(found.outcome).toBe('inconsistent');
    expect(found.all).toEqual([
      'invalid-key /abs',
      'missing-row alone',
      'wrong-size big',
      'missing-file dead',
      'missing-file left',
      'wrong-provider lower',
      'wrong-provider moved',
      'missing-file nothing',
      'missing-row orphan',
      'wrong-provider shadowed',
      'wrong-size shadowed',
      'wrong-provider small',
    ]);
    expect(found.findings).toEqual({
      ...{ 'missing-file': 3, 'missing-row': 2, 'wrong-provider': 4, 'wrong-size': 2 },
      ...{ 'invalid-key': 1, unchecked: 0 },
    });
  });

  it('keeps the first of each kind for examples, and tells all', async () => {
    const paths = Array.from({ length: 30 }, (_, i) => ({ path: `f${i}` }));
    const empty = await memoryWith({});
    const found = await check({
      ...{ source: empty, target: await memoryWith({}, 'target') },
      references: await tableOf([...paths, { path: '/' }]),
    });
    expect(found.all).toHaveLength(31);
    expect(found.examples.map(({ key }) => key)).toEqual(['/', 'f0', 'f1', 'f10', 'f11', 'f12']);
    expect(found.findings['missing-file']).toBe(30);
  });

  it('goes by the names that the table has', async () => {
    const source = await memoryWith({ a: '1' });
    const target = await memoryWith({ b: '1' }, 'target');
    const references = await tableOf([
      { path: 'a', provider: 'disk' },
      { path: 'b', provider: 'bucket' },
    ]);
    const names = { source: 'disk', target: 'bucket' };
    expect(await check({ source, target, references, names })).toMatchObject({ all: [] });
    expect((await check({ source, target, references })).all).toHaveLength(2);
  });

  it('does not report what moves while it looks', async () => {
    const source = await memoryWith({ moving: '1', written: '1' });
    const target = await memoryWith({}, 'target');
    const references = await tableOf([{ path: 'moving' }, { path: 'written' }]);
    const moved = altered(target, {
      // The target is listed before both files come there, the source after they have gone.
      async *list(options) {
        yield* target.list(options);
        for (const key of ['moving', 'written']) {
          await target.upload(key, '1');
          await source.delete(key);
        }
        await references.moved(
          keys('moving').map((key) => ({ key })),
          'local',
          's3',
        );
      },
    });
    const late = altered(source, {
      async *list() {},
    });
    const found = await check({ source: late, target: moved, references });
    expect(found.all).toEqual(['wrong-provider written']);
  });

  it('looks again if the rows change between two looks', async () => {
    const source = await memoryWith({ a: '1' });
    const target = await memoryWith({}, 'target');
    const references = await tableOf([{ path: 'a', provider: 'x' }, { path: 'a' }]);
    let looks = 0;
    const racing = altered(source, {
      async stat(key, options) {
        const found = await source.stat(key, options);
        if (looks++ === 0) {
          await target.upload('a', '1');
          await references.moved(
            keys('a').map((key) => ({ key })),
            'local',
            's3',
          );
          await references.moved(
            keys('a').map((key) => ({ key })),
            'x',
            's3',
          );
        }
        return found;
      },
    });
    expect((await check({ source: racing, target, references })).all).toEqual([]);
  });

  it('asks the target again before it says that a file is nowhere', async () => {
    const source = await memoryWith({ a: '1' });
    const target = await memoryWith({}, 'target');
    const references = await tableOf([{ path: 'a', provider: 's3' }]);
    const racing = altered(source, {
      async stat(key, options) {
        await target.upload(key, '1', { signal: options?.signal });
        await source.delete(key);
        return source.stat(key, options);
      },
    });
    expect((await check({ source: racing, target, references })).all).toEqual([]);
  });

  it('says what it could not look at', async () => {
    const target = altered(await memoryWith({}, 'target'), {
      stat: () => Promise.reject(new StorageError('AccessDenied', 'not yours')),
    });
    const source = await memoryWith({ a: '1' });
    const found = await check({ source, target, references: await tableOf([{ path: 'b' }]) });
    expect(found.outcome).toBe('inconsistent');
    expect(found.all).toEqual(['unchecked a', 'unchecked b']);
    expect(found.examples[0]?.detail).toBe('not yours');
  });

  it('fails if a store can’t be listed to its end', async () => {
    const target = altered(await memoryWith({}, 'target'), {
      // biome-ignore lint/correctness/useYield: it fails at once
      async *list() {
        throw new StorageError('Unavailable', 'no answer');
      },
    });
    const options = { source: await memoryWith({}), target, references: await tableOf([]) };
    await expect(check(options)).rejects.toMatchObject({ code: 'Unavailable' });
  });

  it('refuses a table that is not in the order of the bytes', async () => {
    const references = await tableOf([]);
    const page = keys('b', 'a').map(
      (key): Reference => ({ value: key, key, rows: 1, providers: ['local'], sizes: [] }),
    );
    const disordered = changed(references, { page: async () => page });
    const source = await memoryWith({ a: '1', b: '1' });
    const options = { source, target: await memoryWith({}, 'target'), references: disordered };
    await expect(check(options)).rejects.toMatchObject({
      code: 'InvalidArgument',
      message: expect.stringContaining('order of their UTF-8 bytes'),
    });
  });

  it('ends early when it is told to', async () => {
    const source = await memoryWith({ a: '1', b: '1', c: '1' });
    const stop = new AbortController();
    const found = await check({
      ...{ source, target: await memoryWith({}, 'target'), references: await tableOf([]) },
      ...{ stop: stop.signal, concurrency: 1, onFinding: () => stop.abort() },
    });
    expect(found).toMatchObject({ outcome: 'interrupted', findings: { 'missing-row': 1 } });
  });

  it('finds what a comparison of everything with everything finds', async () => {
    const path = fc.constantFrom('a', 'a/b', 'a.', 'B', 'é', '￮', '😀', 'z', 'z/😀/y');
    const stores = fc.dictionary(path, fc.constantFrom('', '1', '22', 'tombstone'));
    const rows = fc.array(
      fc.record({
        path,
        provider: fc.constantFrom('local', 's3', 'cdn', null),
        size: fc.constantFrom(null, 0, 1, 2),
      }),
    );
    await fc.assert(
      fc.asyncProperty(stores, stores, rows, async (below, above, table) => {
        const lower = Object.entries(below).filter(([, content]) => content !== 'tombstone');
        const source = await memoryWith(Object.fromEntries(lower));
        const target = new MemoryStorageProvider({ name: 'target' });
        for (const [key, content] of Object.entries(above)) {
          if (content === 'tombstone') await putTombstone(target, key, undefined, undefined);
          else await target.upload(key, content);
        }
        const found = await check({ source, target, references: await tableOf(table) });
        const wanted = expected(new Map(lower), new Map(Object.entries(above)), table);
        expect(found.all.sort()).toEqual([...wanted].sort()); // each once
      }),
      { numRuns: 60 },
    );
  });
});

function expected(
  below: ReadonlyMap<string, string>,
  above: ReadonlyMap<string, string>,
  table: readonly Row[],
): Set<string> {
  const found = new Set<string>();
  for (const key of new Set([...below.keys(), ...above.keys(), ...table.map(({ path }) => path)])) {
    const content = above.get(key) ?? below.get(key);
    const file = content === 'tombstone' ? undefined : content;
    const rows = table.filter(({ path }) => path === key);
    if (file !== undefined && rows.length === 0) found.add(`missing-row ${key}`);
    if (file === undefined && rows.length > 0) found.add(`missing-file ${key}`);
    if (file === undefined) continue;
    const name = above.has(key) ? 's3' : 'local';
    if (rows.some(({ provider }) => provider !== name)) found.add(`wrong-provider ${key}`);
    if (rows.some(({ size }) => size !== null && size !== file.length))
      found.add(`wrong-size ${key}`);
  }
  return found;
}
