import type { ETag } from '@org/storage-core';
import { parseKey } from '@org/storage-core';
import { expect, it } from 'vitest';
import { filesIn } from '../../src/index.js';
import { file, type JournalStore, opened, scan, states } from './store.js';

/** What a journal says about files: inventories, results, uploads. */
export function testFiles(newStore: () => Promise<JournalStore>): void {
  it('keeps what a file came to across inventories, unless the file changes', async () => {
    const journal = await opened(await newStore());
    await scan(journal, file('same'), file('changed'), file('failed'));
    await journal.recordResult(parseKey('same'), { state: 'copied', attempts: 1 });
    await journal.recordResult(parseKey('changed'), { state: 'copied', attempts: 1 });
    await journal.recordResult(parseKey('failed'), {
      state: 'failed',
      attempts: 5,
      error: { code: 'Unavailable', message: 'down' },
    });
    await scan(journal, file('same'), file('changed', { etag: 'e2' as ETag }), file('failed'));
    expect(await states(journal)).toEqual({
      same: 'copied',
      changed: 'pending',
      failed: 'pending',
    });
    const retried = await journal.find(parseKey('failed'));
    expect(retried).toMatchObject({ attempts: 0 });
    expect(retried?.error).toBeUndefined();
  });

  it('gives back what was written, and a later result keeps what it does not name', async () => {
    const journal = await opened(await newStore());
    const key = parseKey('Übersicht 日本/😀 (1).pdf');
    const seen = { size: 5 * 1024 ** 4, etag: 'e' as ETag, lastModified: new Date(1.7e12 + 0.5) };
    await scan(journal, file(key, seen));
    await journal.recordResult(key, {
      ...{ state: 'copied', attempts: 2, checksums: { crc32: 'c', sha256: 's' } },
      ...{ targetEtag: 't' as ETag, versionId: 'v', run: 'r' },
    });
    const { etag: sourceEtag, lastModified, size } = seen;
    const record = {
      ...{ key, size, sourceEtag, modified: new Date(lastModified.getTime()), attempts: 2 },
      ...{ checksums: { crc32: 'c', sha256: 's' }, targetEtag: 't', versionId: 'v', run: 'r' },
      referenced: false,
    };
    expect(await journal.find(key)).toEqual({ ...record, state: 'copied' });
    await journal.recordResult(key, { state: 'superseded', attempts: 1 });
    expect(await journal.find(key)).toEqual({ ...record, state: 'superseded', attempts: 1 });
    expect(await journal.find(parseKey('unknown'))).toBeUndefined();
  });

  it('notices a file of the same size whose ETag alone differs', async () => {
    const journal = await opened(await newStore());
    await scan(journal, file('a', { etag: 'newer' as ETag }));
    await journal.recordResult(parseKey('a'), { state: 'copied', attempts: 1 });
    await scan(journal, file('a', { etag: 'older' as ETag }));
    expect(await states(journal)).toEqual({ a: 'pending' });
  });

  it('calls an unresolved file gone when an inventory does not see it any more, or looks at it', async () => {
    const journal = await opened(await newStore());
    await scan(journal, file('kept'), file('vanished'), file('copied'));
    await journal.recordResult(parseKey('copied'), { state: 'copied', attempts: 1 });
    await scan(journal, file('kept'));
    expect(await states(journal)).toEqual({ kept: 'pending', vanished: 'gone', copied: 'copied' });
    await journal.recordResult(parseKey('kept'), { state: 'failed', attempts: 1 });
    await journal.startScan();
    await journal.endScan({ missing: 'pending' });
    expect(await states(journal)).toEqual({ kept: 'pending', vanished: 'gone', copied: 'copied' });
  });

  it('does not call a file gone that lies in a directory which could not be read', async () => {
    const journal = await opened(await newStore());
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

  it('takes a file that an inventory saw twice for one, and no file for none', async () => {
    const journal = await opened(await newStore());
    await journal.startScan();
    await journal.recordSeen([file('a', { size: 1 }), file('b'), file('a', { size: 2 })]);
    await journal.recordSeen([]);
    await journal.recordSkipped([]);
    await journal.endScan();
    expect((await journal.totals()).pending).toEqual({ files: 2, bytes: 3 });
  });

  it('takes any number of files at once', async () => {
    const journal = await opened(await newStore());
    const many = Array.from({ length: 12_000 }, (_, index) => file(`f${index}`));
    await scan(journal, ...many);
    expect((await journal.totals()).pending).toEqual({ files: 12_000, bytes: 12_000 });
    let seen = 0;
    for await (const _ of filesIn(journal, { states: ['pending'] })) seen += 1;
    expect(seen).toBe(12_000);
  });

  it('hands out each file once, whatever becomes of it meanwhile', async () => {
    const journal = await opened(await newStore());
    await scan(journal, ...Array.from({ length: 1500 }, (_, index) => file(`f${index}`)));
    const seen = new Set<string>();
    for await (const { key } of filesIn(journal, { states: ['pending', 'failed'] })) {
      expect(seen.has(key)).toBe(false);
      seen.add(key);
      if (seen.size % 30 === 0) await journal.recordResult(key, { state: 'failed', attempts: 1 });
      if (seen.size % 70 === 0) await journal.recordResult(key, { state: 'copied', attempts: 1 });
    }
    expect(seen.size).toBe(1500);
  });

  it('lists what the last inventory skipped, in its order', async () => {
    const journal = await opened(await newStore());
    const skip = (path: string) => ({ reason: 'link', path, detail: `${path} → y` }) as const;
    await journal.startScan();
    await journal.recordSkipped([skip('old')]);
    await journal.endScan();
    expect(await journal.skippedTotals()).toEqual({ link: 1 });
    await journal.startScan();
    const paths = Array.from({ length: 2100 }, (_, index) => `p${index}`);
    await journal.recordSkipped(paths.map(skip));
    await journal.recordSkipped([{ reason: 'special', path: 'last', detail: 'a pipe' }]);
    await journal.endScan();
    const listed: string[] = [];
    for await (const { path } of journal.skipped()) listed.push(path);
    expect(listed).toEqual([...paths, 'last']);
    expect(await journal.skippedTotals()).toEqual({ link: 2100, special: 1 });
  });

  it('knows the uploads that were begun and not ended', async () => {
    const journal = await opened(await newStore());
    const keys = ['intended', 'begun', 'ended', 'settled', 'refused'].map((key) => parseKey(key));
    await scan(journal, ...keys.map((key) => file(key)));
    for (const key of keys) await journal.recordUpload(key);
    for (const key of keys.slice(1))
      await journal.recordUpload(key, `id of ${key}`, `e of ${key}` as ETag);
    await journal.clearUpload(parseKey('ended'));
    await journal.recordResult(parseKey('settled'), { state: 'copied', attempts: 1 });
    await journal.recordResult(parseKey('refused'), { state: 'present', attempts: 1 });
    expect(await journal.unfinishedUploads()).toEqual([
      { key: 'begun', uploadId: 'id of begun', sourceEtag: 'e of begun' },
      { key: 'intended' },
      { key: 'refused', uploadId: 'id of refused', sourceEtag: 'e of refused' },
    ]);
    const range = { from: parseKey('begun-not'), upTo: parseKey('intended') };
    expect(await journal.unfinishedUploads(range)).toEqual([{ key: 'intended' }]);
  });

  it('counts files and bytes by state, beyond what 32 bits hold', async () => {
    const journal = await opened(await newStore());
    const huge = 5 * 1024 ** 4;
    await scan(journal, file('a', { size: huge }), file('b', { size: huge }), file('c'));
    await journal.recordResult(parseKey('c'), { state: 'present', attempts: 1 });
    const totals = await journal.totals();
    expect(totals.pending).toEqual({ files: 2, bytes: 2 * huge });
    expect(totals.present).toEqual({ files: 1, bytes: 1 });
    expect(totals.copied).toEqual({ files: 0, bytes: 0 });
  });

  it('keeps errors whatever they quote, and finds files by them', async () => {
    const journal = await opened(await newStore());
    await scan(journal, file('a'), file('b'));
    const error = { code: 'AccessDenied', message: 'no\0 \ud800 \u2028 $1 \' "' } as const;
    await journal.recordResult(parseKey('a'), { state: 'failed', attempts: 1, error });
    await journal.recordResult(parseKey('b'), {
      ...{ state: 'failed', attempts: 1, error: { code: 'Timeout', message: '' } },
    });
    const [record, ...others] = await journal.page({ error: 'AccessDenied', limit: 9 });
    expect(others).toEqual([]);
    expect(record?.error?.message).toMatch(/^no.*\u2028 \$1 ' "$/);
  });

  it('groups files by error and by reference, the largest groups first', async () => {
    const journal = await opened(await newStore());
    const sizes = { a: 1, b: 10, c: 100, d: 1000, e: 10_000 };
    await scan(journal, ...Object.entries(sizes).map(([key, size]) => file(key, { size })));
    const errors = { a: 'Timeout', b: 'AccessDenied', c: 'AccessDenied' } as const;
    for (const [key, code] of Object.entries(errors)) {
      const error = { code, message: 'no' };
      await journal.recordResult(parseKey(key), { state: 'failed', attempts: 1, error });
    }
    for (const key of ['d', 'e'])
      await journal.recordResult(parseKey(key), { state: 'copied', attempts: 1 });
    await journal.recordReferenced([parseKey('e')], true);
    const denied = { name: 'AccessDenied', files: 2, bytes: 110 };
    expect(await journal.breakdown('error', 9)).toEqual([
      denied,
      { name: 'Timeout', files: 1, bytes: 1 },
    ]);
    expect(await journal.breakdown('error', 1)).toEqual([denied]);
    expect(await journal.breakdown('referenced', 9)).toEqual([
      { name: '0', files: 1, bytes: 1000 },
      { name: '1', files: 1, bytes: 10_000 },
    ]);
  });
}
