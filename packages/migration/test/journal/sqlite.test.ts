import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseKey } from '@org/storage-core';
import Database from 'libsql';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openSqliteJournal, type PageOptions } from '../../src/index.js';
import { pageQuery } from '../../src/journal/sql.js';
import { endpoints, temporaryDirectory } from '../fixtures.js';
import { testJournal } from './contract.js';
import { file, keysOf, scan } from './store.js';

testJournal('SQLite', async () => {
  const path = join(await temporaryDirectory(), 'deep', 'journal.sqlite');
  return {
    open: (opening) => openSqliteJournal({ file: path, ...opening }),
    expression: `migration.openSqliteJournal(${JSON.stringify({ file: path, endpoints })})`,
  };
});

/** The first release's tables, with what it wrote. */
const FIRST_RELEASE = `
  CREATE TABLE endpoints (source TEXT NOT NULL, target TEXT NOT NULL);
  INSERT INTO endpoints VALUES ('a', 'b');
  CREATE TABLE runs (id TEXT PRIMARY KEY, started INTEGER NOT NULL, ended INTEGER, outcome TEXT NOT NULL);
  INSERT INTO runs VALUES ('z', 1, 2, 'complete'), ('a', 3, NULL, 'running');
  CREATE TABLE scan (number INTEGER NOT NULL);
  INSERT INTO scan VALUES (4);
  CREATE TABLE files (
    key TEXT PRIMARY KEY, size INTEGER NOT NULL, source_etag TEXT NOT NULL, state TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, crc32 TEXT, sha256 TEXT, target_etag TEXT, version_id TEXT, upload_id TEXT,
    error_code TEXT, error_message TEXT, verification TEXT, scan INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX files_by_state ON files (state, key);
  CREATE INDEX files_by_upload ON files (key) WHERE upload_id IS NOT NULL;
  INSERT INTO files VALUES
    ('copied', 5, 'e1', 'copied', 1, 'c', 's', 't', 'v', NULL, NULL, NULL, 'ok', 4),
    ('failed', 6, 'e2', 'failed', 5, NULL, NULL, NULL, NULL, 'u', 'Timeout', 'late', NULL, 4);
  CREATE TABLE skipped (path TEXT NOT NULL, reason TEXT NOT NULL, detail TEXT NOT NULL);
  INSERT INTO skipped VALUES ('x', 'link', 'to y'), ('b', 'link', 'to z');
  PRAGMA user_version = 1;`;

async function fileOfFirstRelease(): Promise<string> {
  const path = join(await temporaryDirectory(), 'journal.sqlite');
  const database = new Database(path);
  database.exec(FIRST_RELEASE);
  database.close();
  return path;
}

describe('a journal in a SQLite file', () => {
  it('that the first release wrote is brought up to date, with all that is in it', async () => {
    const path = await fileOfFirstRelease();
    await (await openSqliteJournal({ file: path, endpoints })).close();
    const journal = await openSqliteJournal({ file: path, endpoints }); // a second time, nothing is left to do
    onTestFinished(() => journal.close());
    expect(await journal.find(parseKey('copied'))).toEqual({
      ...{ key: 'copied', size: 5, sourceEtag: 'e1', modified: new Date(0), state: 'copied' },
      ...{ attempts: 1, checksums: { crc32: 'c', sha256: 's' }, targetEtag: 't', versionId: 'v' },
      ...{ verification: 'ok', referenced: false },
    });
    expect(await journal.find(parseKey('failed'))).toMatchObject({
      ...{ state: 'failed', attempts: 5, error: { code: 'Timeout', message: 'late' } },
    });
    expect(await journal.unfinishedUploads()).toEqual([{ key: 'failed', uploadId: 'u' }]);
    expect(await journal.runs()).toEqual([
      { id: 'a', kind: 'migrate', started: new Date(3), outcome: 'running' },
      { id: 'z', kind: 'migrate', started: new Date(1), ended: new Date(2), outcome: 'complete' },
    ]);
    const skipped: string[] = [];
    for await (const { path } of journal.skipped()) skipped.push(path);
    expect(skipped).toEqual(['x', 'b']);
    expect(await journal.control()).toEqual({ paused: false });
    // Nobody has looked at these files' times and contents in the way that is asked for now.
    expect(await journal.unverified('content')).toBe(1);
    await journal.startScan();
    await journal.endScan();
    expect(await keysOf(journal, { states: ['gone'] })).toEqual(['failed']);
  });

  it.each<[string, Omit<PageOptions, 'limit'>]>([
    ['by key', { states: ['pending'] }],
    ['the smallest first', { states: ['pending'], order: 'smallest' }],
    ['the newest first', { states: ['pending'], order: 'newest' }],
    ['of a run, the newest first', { states: ['copied'], run: 'r', order: 'newest' }],
  ])('is paged through without sorting all that is left for each page: %s', async (_, kind) => {
    const path = join(await temporaryDirectory(), 'journal.sqlite');
    const journal = await openSqliteJournal({ file: path, endpoints });
    await scan(journal, file('a'));
    const last = await journal.find(parseKey('a'));
    await journal.page({ ...kind, limit: 9 });
    await journal.close();
    const database = new Database(path);
    for (const position of [{}, last && { after: last }]) {
      const [query, values] = pageQuery({ ...kind, ...position, limit: 9 });
      const plan = database
        .prepare<unknown[]>(`EXPLAIN QUERY PLAN ${query.replaceAll('$', '?')}`)
        .all(...values);
      expect(JSON.stringify(plan)).toMatch(/INDEX/);
      expect(JSON.stringify(plan)).not.toMatch(/SORT|ORDER BY|SCAN/);
    }
    database.close();
  });

  it('makes no file when it is to be looked at', async () => {
    const directory = await temporaryDirectory();
    const missing = join(directory, 'none.sqlite');
    await expect(openSqliteJournal({ file: missing, access: 'look' })).rejects.toMatchObject({
      code: 'NotFound',
    });
    expect(await readdir(directory)).toEqual([]);
  });

  it('is refused for a file that is no journal, and for one of a newer release', async () => {
    const directory = await temporaryDirectory();
    const text = join(directory, 'notes.txt');
    await writeFile(text, 'not a database, but long enough to be looked at as one'.repeat(50));
    await expect(openSqliteJournal({ file: text, endpoints })).rejects.toThrow(/not a journal/);
    const newer = join(directory, 'newer.sqlite');
    const database = new Database(newer);
    database.exec('PRAGMA user_version = 99');
    database.close();
    await expect(openSqliteJournal({ file: newer, endpoints })).rejects.toThrow(/newer release/);
  });
});
