import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { compareKeys, type ETag, type ListedFile, parseKey } from '@org/storage-core';
import fc from 'fast-check';
import Database from 'libsql';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Journal, openSqliteJournal, type Position } from '../src/index.js';
import { endpoints, temporaryDirectory, temporaryJournal } from './fixtures.js';

const file = (key: string, etag = 'e1', size = 1): ListedFile => ({
  type: 'file',
  key: parseKey(key),
  size,
  etag: etag as ETag,
  lastModified: new Date(0),
});

async function scan(journal: Journal, ...files: ListedFile[]) {
  await journal.startScan();
  await journal.recordSeen(files);
  await journal.endScan();
}

const states = async (journal: Journal) =>
  Object.fromEntries((await journal.page({ limit: 100 })).map(({ key, state }) => [key, state]));

describe('the journal', () => {
  it('keeps what a file came to across inventories, unless the file changes', async () => {
    const journal = await temporaryJournal();
    await scan(journal, file('same'), file('changed'), file('failed'));
    await journal.recordResult(parseKey('same'), { state: 'copied', attempts: 1 });
    await journal.recordResult(parseKey('changed'), { state: 'copied', attempts: 1 });
    await journal.recordResult(parseKey('failed'), {
      state: 'failed',
      attempts: 5,
      error: { code: 'Unavailable', message: 'down' },
    });
    await scan(journal, file('same'), file('changed', 'e2'), file('failed'));
    expect(await states(journal)).toEqual({
      same: 'copied',
      changed: 'pending',
      failed: 'pending',
    });
    const retried = await journal.find(parseKey('failed'));
    expect(retried).toMatchObject({ attempts: 0 });
    expect(retried?.error).toBeUndefined();
  });

  it('notices a file of the same size whose ETag alone differs', async () => {
    const journal = await temporaryJournal();
    await scan(journal, file('a', 'newer', 7));
    await journal.recordResult(parseKey('a'), { state: 'copied', attempts: 1 });
    await scan(journal, file('a', 'older', 7));
    expect(await states(journal)).toEqual({ a: 'pending' });
  });

  it('calls an unresolved file gone when an inventory does not see it any more', async () => {
    const journal = await temporaryJournal();
    await scan(journal, file('kept'), file('vanished'), file('copied'));
    await journal.recordResult(parseKey('copied'), { state: 'copied', attempts: 1 });
    await scan(journal, file('kept'));
    expect(await states(journal)).toEqual({ kept: 'pending', vanished: 'gone', copied: 'copied' });
  });

  it('does not call a file gone that lies in a directory which could not be read', async () => {
    const journal = await temporaryJournal();
    await scan(journal, file('locked/a'), file('locked-up'), file('open/b'));
    await journal.startScan();
    await journal.recordSkipped([{ reason: 'unreadable', path: 'locked', detail: 'EACCES' }]);
    await journal.endScan();
    expect(await states(journal)).toEqual({
      'locked/a': 'pending',
      'locked-up': 'gone',
      'open/b': 'gone',
    });
  });

  it('forgets what an earlier inventory skipped', async () => {
    const journal = await temporaryJournal();
    await journal.startScan();
    await journal.recordSkipped([{ reason: 'link', path: 'x', detail: 'to y' }]);
    await journal.endScan();
    expect(await journal.skippedTotals()).toEqual({ link: 1 });
    await scan(journal);
    expect(await journal.skippedTotals()).toEqual({});
  });

  it('pages through files in the order of their keys’ UTF-8 bytes', async () => {
    const keys = fc.uniqueArray(
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }).filter((text) => {
        return !/[/\0]|^\.+$|\p{Surrogate}/u.test(text);
      }),
      { maxLength: 30 },
    );
    await fc.assert(
      fc.asyncProperty(keys, fc.integer({ min: 1, max: 7 }), async (names, limit) => {
        const directory = await temporaryDirectory();
        const journal = await openSqliteJournal({ file: join(directory, 'j'), endpoints });
        try {
          await scan(journal, ...names.map((name) => file(name)));
          const seen: string[] = [];
          let after: Position | undefined;
          for (;;) {
            const page = await journal.page({ limit, ...(after && { after }) });
            if (page.length === 0) break;
            seen.push(...page.map(({ key }) => key));
            after = page.at(-1);
          }
          expect(seen).toEqual([...names].sort(compareKeys));
        } finally {
          await journal.close();
        }
      }),
      { numRuns: 30 },
    );
  });

  it('knows the uploads that were begun and not ended', async () => {
    const journal = await temporaryJournal();
    await scan(
      journal,
      file('intended'),
      file('begun'),
      file('ended'),
      file('settled'),
      file('refused'),
    );
    for (const key of ['intended', 'begun', 'ended', 'settled', 'refused']) {
      await journal.recordUpload(parseKey(key));
    }
    for (const key of ['begun', 'ended', 'settled', 'refused']) {
      await journal.recordUpload(parseKey(key), `id of ${key}`);
    }
    await journal.clearUpload(parseKey('ended'));
    await journal.recordResult(parseKey('settled'), { state: 'copied', attempts: 1 });
    await journal.recordResult(parseKey('refused'), { state: 'present', attempts: 1 });
    expect(await journal.unfinishedUploads()).toEqual([
      { key: 'begun', uploadId: 'id of begun' },
      { key: 'intended' },
      { key: 'refused', uploadId: 'id of refused' },
    ]);
  });

  it('counts files and bytes by state', async () => {
    const journal = await temporaryJournal();
    await scan(journal, file('a', 'e', 10), file('b', 'e', 5), file('c', 'e', 1));
    await journal.recordResult(parseKey('c'), { state: 'present', attempts: 1 });
    const totals = await journal.totals();
    expect(totals.pending).toEqual({ files: 2, bytes: 15 });
    expect(totals.present).toEqual({ files: 1, bytes: 1 });
    expect(totals.copied).toEqual({ files: 0, bytes: 0 });
  });
});

describe('opening a journal', () => {
  it('finds what was written before, for the same migration only', async () => {
    const path = join(await temporaryDirectory(), 'deep', 'journal.sqlite');
    const first = await openSqliteJournal({ file: path, endpoints });
    await scan(first, file('a'));
    await first.close();
    const other = { source: 'elsewhere', target: 'b' };
    await expect(openSqliteJournal({ file: path, endpoints: other })).rejects.toThrow(
      expect.objectContaining({ code: 'InvalidArgument' }),
    );
    const again = await openSqliteJournal({ file: path, endpoints });
    onTestFinished(() => again.close());
    expect(await states(again)).toEqual({ a: 'pending' });
  });

  it('is refused while another process works with it, and possible once that was killed', async () => {
    const path = join(await temporaryDirectory(), 'journal.sqlite');
    const require = createRequire(import.meta.url);
    const script = `
      const Database = require(${JSON.stringify(require.resolve('libsql'))});
      const lock = new Database(${JSON.stringify(`${path}.lock`)});
      lock.exec('BEGIN EXCLUSIVE');
      console.log('locked');
      setInterval(() => {}, 1000);`;
    const holder = spawn(process.execPath, ['-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(holder.stdout, 'data');
    await expect(openSqliteJournal({ file: path, endpoints })).rejects.toThrow(
      expect.objectContaining({ code: 'Conflict', retryable: false }),
    );
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    await (await openSqliteJournal({ file: path, endpoints })).close();
  });

  it('is refused to a second writer, but not to a reader', async () => {
    const path = join(await temporaryDirectory(), 'journal.sqlite');
    const writer = await openSqliteJournal({ file: path, endpoints });
    onTestFinished(() => writer.close());
    await scan(writer, file('a'));
    await expect(openSqliteJournal({ file: path, endpoints })).rejects.toThrow(/another process/);
    const reader = await openSqliteJournal({ file: path, access: 'look' });
    expect(reader.endpoints).toEqual(endpoints);
    expect(await states(reader)).toEqual({ a: 'pending' });
    await reader.close();
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

  it('makes no file when it is to be read only', async () => {
    const missing = join(await temporaryDirectory(), 'none.sqlite');
    await expect(openSqliteJournal({ file: missing, access: 'look' })).rejects.toThrow(
      expect.objectContaining({ code: 'NotFound' }),
    );
  });
});
