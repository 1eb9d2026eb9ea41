import { type ETag, type Key, StorageError } from '@org/storage-core';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  type FileResult,
  type Journal,
  type Moved,
  migrate,
  type ReferenceProblem,
  type ReferenceStore,
  referenceUpdates,
  type UpdateReferencesOptions,
  updateReferences,
} from '../../src/index.js';
import { memoryWith, quickly, temporaryJournal } from '../fixtures.js';
import { changed, keys, SQLITE, type TestDatabase } from './tables.js';

const TABLE = `
  CREATE TABLE files (
    path text PRIMARY KEY CHECK (path <> 'evil' OR provider = 'local'),
    provider text NOT NULL DEFAULT 'local', size integer, etag text, checksum text
  )`;

const COLUMNS = { key: 'path', size: 'size', etag: 'etag', checksum: 'checksum' };

/** A table with a row for each of these files. */
async function tableOf(paths: readonly string[]): Promise<TestDatabase> {
  const database = await SQLITE.open();
  await database.run(TABLE);
  await database.insert(
    'files',
    paths.map((path) => ({ path })),
  );
  return database;
}

async function journalOf(files: Readonly<Record<string, Partial<FileResult>>>): Promise<Journal> {
  const journal = await temporaryJournal();
  const known = Object.entries(files);
  await journal.recordSeen(
    known.map(([key]) => ({
      type: 'file',
      key: key as Key,
      size: key.length,
      etag: `source ${key}` as ETag,
      lastModified: new Date(0),
    })),
  );
  for (const [key, result] of known)
    await journal.recordResult(key as Key, { state: 'copied', attempts: 1, ...result });
  return journal;
}

const numbered = (count: number) =>
  Array.from({ length: count }, (_, i) => `f${String(i).padStart(4, '0')}`);

const copied = (paths: readonly string[]) =>
  journalOf(Object.fromEntries(paths.map((p) => [p, {}])));

async function providers(database: TestDatabase): Promise<Record<string, unknown>> {
  const rows = await database.rows('SELECT path, provider FROM files ORDER BY path');
  return Object.fromEntries(rows.map(({ path, provider }) => [path, provider]));
}

/** The store, of which `moved` is another one. */
const moving = (references: ReferenceStore, moved: ReferenceStore['moved']) =>
  changed(references, { moved });

async function update(options: UpdateReferencesOptions) {
  const problems: ReferenceProblem[] = [];
  const onProblem = (problem: ReferenceProblem) => void problems.push(problem);
  const report = await updateReferences({ retry: quickly, onProblem, ...options });
  return { ...report, problems };
}

describe('updating references', () => {
  it('tells the table which files the target has, and each only once', async () => {
    const database = await tableOf(['a', 'b', 'c', 'd', 'e', 'f']);
    const journal = await journalOf({
      a: { targetEtag: 'target a' as ETag, checksums: { sha256: 'sum a' } },
      b: { state: 'present' },
      c: { state: 'superseded', targetEtag: 'x' as ETag, checksums: { sha256: 'stale' } },
      d: { state: 'deleted' },
      e: { state: 'conflict' },
      f: { state: 'failed' },
    });
    const references = database.references({ columns: COLUMNS });
    const report = await update({ journal, references });
    expect(report).toMatchObject({ outcome: 'complete', changed: 3, already: 0, problems: [] });
    expect(await database.rows('SELECT * FROM files ORDER BY path')).toEqual([
      { path: 'a', provider: 's3', size: 1, etag: 'target a', checksum: 'sum a' },
      { path: 'b', provider: 's3', size: 1, etag: null, checksum: null },
      { path: 'c', provider: 's3', size: null, etag: null, checksum: null },
      ...['d', 'e', 'f'].map((path) => ({
        ...{ path, provider: 'local', size: null, etag: null, checksum: null },
      })),
    ]);
    const asked: Key[] = [];
    const watched = moving(references, (files, from, to) => {
      asked.push(...files.map(({ key }) => key));
      return references.moved(files, from, to);
    });
    expect(await update({ journal, references: watched })).toMatchObject({
      changed: 0,
      already: 0,
    });
    expect(asked).toEqual([]);
  });

  it('works in batches, in the order of the keys', async () => {
    const paths = numbered(25);
    const database = await tableOf(paths);
    const references = database.references();
    const batches: number[] = [];
    const counts: number[] = [];
    await update({
      journal: await copied(paths),
      references: moving(references, (files, from, to) => {
        batches.push(files.length);
        return references.moved(files, from, to);
      }),
      batch: 10,
      onProgress: ({ changed }) => void counts.push(changed),
    });
    expect(batches).toEqual([10, 10, 5]);
    expect(counts).toEqual([10, 20, 25]);
  });

  it('goes by the names that the table has', async () => {
    const database = await tableOf(['a']);
    await database.run("UPDATE files SET provider = 'disk'");
    const names = { source: 'disk', target: 'bucket' };
    const references = database.references();
    expect(await update({ journal: await copied(['a']), references, names })).toMatchObject({
      changed: 1,
    });
    expect(await providers(database)).toEqual({ a: 'bucket' });
  });

  it('is done again without harm after it was killed between the database and the journal', async () => {
    const database = await tableOf(['a', 'b']);
    const journal = await copied(['a', 'b']);
    const killed = changed(journal, {
      recordReferenced: () => Promise.reject(new Error('killed')),
    });
    const references = database.references();
    await expect(update({ journal: killed, references })).rejects.toThrow('killed');
    expect(await providers(database)).toEqual({ a: 's3', b: 's3' });
    expect(await update({ journal, references })).toMatchObject({
      ...{ outcome: 'complete', changed: 0, already: 2 },
    });
  });

  it('does not journal what the database has not committed', async () => {
    const database = await tableOf(['a']);
    const journal = await copied(['a']);
    const references = database.references();
    const broken = moving(references, () => Promise.reject(new Error('killed')));
    await expect(update({ journal, references: broken })).rejects.toThrow('killed');
    expect((await journal.find(keys('a')[0] ?? raise()))?.referenced).toBe(false);
  });

  it('reports files without a row and rows of a third provider, and looks at them again the next time', async () => {
    const database = await tableOf(['a', 'other']);
    await database.run("UPDATE files SET provider = 'cdn' WHERE path = 'other'");
    const journal = await copied(['a', 'none', 'other']);
    const references = database.references();
    const first = await update({ journal, references });
    expect(first).toMatchObject({ outcome: 'incomplete', changed: 1, missing: 1, other: 1 });
    expect(first.problems).toEqual([
      { kind: 'missing', key: 'none', detail: 'no row names it' },
      { kind: 'other', key: 'other', detail: 'its provider is cdn' },
    ]);
    await database.insert('files', [{ path: 'none' }]);
    await database.run("UPDATE files SET provider = 'local' WHERE path = 'other'");
    expect(await update({ journal, references })).toMatchObject({
      outcome: 'complete',
      changed: 2,
    });
  });

  it('tries again after a deadlock', async () => {
    const database = await tableOf(['a']);
    const references = database.references();
    let failures = 2;
    const busy = moving(references, async (files, from, to) => {
      if (failures-- > 0) throw new StorageError('Conflict', 'deadlock detected');
      return references.moved(files, from, to);
    });
    const report = await update({ journal: await copied(['a']), references: busy });
    expect(report).toMatchObject({ outcome: 'complete', changed: 1 });
  });

  it('loses nothing but the file that the database refuses', async () => {
    const paths = [...numbered(20), 'evil'];
    const database = await tableOf(paths);
    const journal = await copied(paths);
    const report = await update({ journal, references: database.references(), batch: 21 });
    expect(report).toMatchObject({ outcome: 'incomplete', changed: 20, failed: 1 });
    expect(report.problems).toMatchObject([{ kind: 'failed', key: 'evil' }]);
    expect(report.problems[0]?.detail).toContain('CHECK constraint');
  });

  it('loses no other batch if one fails', async () => {
    const paths = numbered(30);
    const database = await tableOf(paths);
    const references = database.references();
    const once = moving(references, async (files, from, to) => {
      if (files[0]?.key === 'f0010') throw new StorageError('Timeout', 'took too long');
      return references.moved(files, from, to);
    });
    const journal = await copied(paths);
    expect(await update({ journal, references: once, batch: 10 })).toMatchObject({
      ...{ outcome: 'incomplete', changed: 20, failed: 10 },
    });
    expect(await update({ journal, references })).toMatchObject({
      outcome: 'complete',
      changed: 10,
    });
  });

  it('stops when one batch after the other fails', async () => {
    const paths = numbered(100);
    const references = (await tableOf(paths)).references();
    let asked = 0;
    const away = moving(references, (): Promise<Moved> => {
      asked++;
      return Promise.reject(new StorageError('Unavailable', 'no connection'));
    });
    const journal = await copied(paths);
    const retry = { attempts: 1 };
    const report = await update({ journal, references: away, batch: 10, retry });
    expect(report).toMatchObject({
      outcome: 'stopped',
      failed: 30,
      reason: { code: 'Unavailable' },
    });
    expect(asked).toBe(3);
  });

  it('fails at once if the table is not there', async () => {
    const references = (await tableOf([])).references({ table: 'nothing' });
    const failed = update({ journal: await copied(['a']), references });
    await expect(failed).rejects.toMatchObject({ code: 'InvalidArgument' });
  });

  it('finishes the batch in flight when it is told to stop', async () => {
    const paths = numbered(30);
    const references = (await tableOf(paths)).references();
    const stop = new AbortController();
    const report = await update({
      journal: await copied(paths),
      references,
      batch: 10,
      stop: stop.signal,
      onProgress: () => stop.abort(),
    });
    expect(report).toMatchObject({ outcome: 'interrupted', changed: 10 });
  });

  it('names the source again by itself for what was told and then taken back', async () => {
    const database = await tableOf(['kept', 'taken', 'changed', 'gone']);
    const journal = await temporaryJournal();
    const source = await memoryWith({
      kept: '1',
      taken: '2',
      changed: '3',
      gone: '4',
      untold: '5',
    });
    const target = await memoryWith({}, 'target');
    await migrate({ source, target, journal });
    const references = database.references({ columns: COLUMNS });
    await update({ journal, references });
    for (const key of keys('taken', 'gone', 'untold'))
      await journal.recordResult(key, { state: 'pending', attempts: 0 });
    await database.run("DELETE FROM files WHERE path = 'gone'");
    await source.upload('changed', 'other');
    await journal.recordSeen([await listed(source, 'changed')]); // pending, and the copy is there
    const report = await update({ journal, references, batch: 1 });
    expect(report).toMatchObject({ outcome: 'complete', changed: 1, missing: 1 });
    const back = { changed: 's3', kept: 's3', taken: 'local' };
    expect(await providers(database)).toEqual(back);
    expect(await update({ journal, references })).toMatchObject({ changed: 0, missing: 0 });
    expect(await providers(database)).toEqual(back);
  });

  it('does not name the source again for what was copied anew meanwhile', async () => {
    const database = await tableOf(['taken']);
    const journal = await temporaryJournal();
    const source = await memoryWith({ taken: '1' });
    const target = await memoryWith({}, 'target');
    await migrate({ source, target, journal });
    const references = database.references({ columns: COLUMNS });
    await update({ journal, references });
    for (const key of keys('taken'))
      await journal.recordResult(key, { state: 'pending', attempts: 0 });
    await target.delete('taken');
    await migrate({ source, target, journal });
    expect(await update({ journal, references })).toMatchObject({ changed: 0, already: 1 });
    expect(await providers(database)).toEqual({ taken: 's3' });
  });

  it('names the source again for what was taken back of a run, and nothing else', async () => {
    const paths = ['kept', 'late', 'taken'];
    const database = await tableOf(paths);
    const journal = await temporaryJournal();
    const source = await memoryWith({ kept: '1', taken: '2' });
    const target = await memoryWith({}, 'target');
    const { runId } = await migrate({ source, target, journal });
    const references = database.references({ columns: COLUMNS });
    await update({ journal, references });
    await database.run("UPDATE files SET provider = 's3' WHERE path = 'late'");
    await source.upload('late', '3');
    await journal.recordSeen([await listed(source, 'late')]); // seen, never copied
    await journal.recordResult(keys('taken')[0] ?? raise(), { state: 'pending', attempts: 1 });
    const report = await update({ journal, references, reverted: runId });
    expect(report).toMatchObject({ outcome: 'complete', changed: 1 });
    expect(await providers(database)).toEqual({ kept: 's3', late: 's3', taken: 'local' });
    const [taken] = await database.rows("SELECT etag FROM files WHERE path = 'taken'");
    expect(taken).toEqual({ etag: null }); // that of the copy is none of the source’s file
    await migrate({ source, target, journal }); // finds the copy, as after a crash before it was journalled
    await update({ journal, references });
    expect(await providers(database)).toEqual({ kept: 's3', late: 's3', taken: 's3' });
  });
});

describe('updating references while files are copied', () => {
  async function copying(paths: readonly string[]) {
    const journal = await temporaryJournal();
    const source = await memoryWith(Object.fromEntries(paths.map((path) => [path, path])));
    const target = await memoryWith({}, 'target');
    const database = await tableOf(paths);
    return { journal, source, target, database };
  }

  it('tells of files in batches, and of the rest at the end', async () => {
    const paths = numbered(25);
    const { journal, source, target, database } = await copying(paths);
    const references = database.references();
    const updates = referenceUpdates({ journal, references, batch: 10 });
    await migrate({ source, target, journal, onEvent: updates.onEvent });
    const report = await updates.close();
    expect(report).toMatchObject({ outcome: 'complete', changed: 25, missing: 0 });
    expect(new Set(Object.values(await providers(database)))).toEqual(new Set(['s3']));
  });

  it('tells of a file after the journal has it', async () => {
    const paths = numbered(4);
    const { journal, source, target, database } = await copying(paths);
    const references = database.references();
    const states: unknown[] = [];
    const watched = moving(references, async (files, from, to) => {
      for (const { key } of files) states.push((await journal.find(key))?.state);
      return references.moved(files, from, to);
    });
    const updates = referenceUpdates({ journal, references: watched, batch: 2 });
    await migrate({ source, target, journal, onEvent: updates.onEvent });
    await updates.close();
    expect(states).toEqual(['copied', 'copied', 'copied', 'copied']);
  });

  it('does not keep files from being copied when the database fails, and makes up for it', async () => {
    const paths = numbered(60);
    const { journal, source, target, database } = await copying(paths);
    const references = database.references();
    let away = true;
    const failing = moving(references, async (files, from, to) => {
      if (away) throw new StorageError('Unavailable', 'no connection');
      return references.moved(files, from, to);
    });
    const retry = { attempts: 1 };
    const updates = referenceUpdates({ journal, references: failing, batch: 5, retry });
    const { outcome } = await migrate({ source, target, journal, onEvent: updates.onEvent });
    expect(outcome).toBe('complete');
    away = false;
    expect(await updates.close()).toMatchObject({ outcome: 'complete', changed: 60, failed: 0 });
  });

  it('holds no more than some batches while the database is slow', async () => {
    const paths = numbered(200);
    const { journal, source, target, database } = await copying(paths);
    const references = database.references();
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    onTestFinished(() => release());
    const slow = moving(references, async (files, from, to) => {
      await gate;
      return references.moved(files, from, to);
    });
    let held = 0; // the pass at the end asks for pages
    const watched = changed(journal, {
      find: (key) => {
        held++;
        return journal.find(key);
      },
    });
    const updates = referenceUpdates({ journal: watched, references: slow, batch: 2 });
    await migrate({ source, target, journal, onEvent: updates.onEvent });
    release();
    expect(await updates.close()).toMatchObject({ outcome: 'complete', changed: 200 });
    expect(held).toBe(2 + 20 * 2);
  });
});

async function listed(provider: Awaited<ReturnType<typeof memoryWith>>, key: string) {
  const { size, etag, lastModified } = await provider.stat(key);
  return { type: 'file', key: key as Key, size, etag, lastModified } as const;
}

function raise(): never {
  throw new Error('no such key');
}
