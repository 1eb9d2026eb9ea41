import type { ETag } from '@org/storage-core';
import { parseKey } from '@org/storage-core';
import { expect, it } from 'vitest';
import type { FileState } from '../../src/index.js';
import { file, type JournalStore, keysOf, opened, scan } from './store.js';

const a = parseKey('a');
const b = parseKey('b');
const c = parseKey('c');

/** What a journal says about runs, and about what happens to files after they were copied. */
export function testProgress(newStore: () => Promise<JournalStore>): void {
  it('lists runs of every kind, the newest first; one that was killed is running still', async () => {
    const journal = await opened(await newStore());
    expect(await journal.runs()).toEqual([]);
    const migrated = await journal.startRun('migrate');
    await journal.endRun(migrated.id, 'complete');
    const verified = await journal.startRun('verify');
    const retired = await journal.startRun('retire');
    const counts = { retired: 2, 'not "this"': 1 };
    await journal.endRun(retired.id, 'stopped', counts);
    expect(await journal.runs()).toEqual([
      { ...retired, outcome: 'stopped', counts, ended: expect.any(Date) },
      verified,
      { ...migrated, outcome: 'complete', ended: expect.any(Date) },
    ]);
    expect(verified).toMatchObject({ kind: 'verify', outcome: 'running' });
    expect((await journal.runs(1)).map(({ kind }) => kind)).toEqual(['retire']);
  });

  it('keeps the samples of each run in the order of time, and hands out the newest', async () => {
    const journal = await opened(await newStore());
    const sample = (at: number) => ({
      ...{ at: new Date(at), files: at, bytes: at * 1024 ** 4, failed: 1, retries: 2 },
    });
    const [one, two] = [await journal.startRun('migrate'), await journal.startRun('verify')];
    for (const at of [1, 2, 3]) await journal.recordSample(one.id, sample(at));
    await journal.recordSample(two.id, sample(4));
    expect(await journal.samples(one.id)).toEqual([sample(1), sample(2), sample(3)]);
    expect(await journal.samples(one.id, 2)).toEqual([sample(2), sample(3)]);
    expect(await journal.samples(two.id)).toEqual([sample(4)]);
    expect(await journal.samples('unknown')).toEqual([]);
  });

  it('takes and shows control by any handle, each setting replacing the one before', async () => {
    const store = await newStore();
    const worker = await opened(store);
    const onlooker = await opened(store, { access: 'look' });
    expect(await worker.control()).toEqual({ paused: false });
    const limits = { paused: true, concurrency: 4, bandwidth: 1.5e9, rate: 0.5 };
    await onlooker.setControl(limits);
    expect(await worker.control()).toEqual(limits);
    await worker.setControl({ paused: false, concurrency: 'auto' });
    expect(await onlooker.control()).toEqual({ paused: false, concurrency: 'auto' });
  });

  it('knows what became of the source’s files, and where they lie', async () => {
    const journal = await opened(await newStore());
    await scan(journal, file('a'), file('b'), file('c'));
    await journal.recordRetirement(a, 'retired', 'archive/a');
    await journal.recordRetirement(b, 'changed');
    expect(await journal.find(a)).toMatchObject({ retirement: 'retired', archived: 'archive/a' });
    expect(await journal.retirements()).toEqual({ retired: 1, changed: 1 });
    expect(await keysOf(journal, { retirements: ['none'] })).toEqual(['c']);
    expect(await keysOf(journal, { retirements: ['none', 'changed'] })).toEqual(['b', 'c']);
    await journal.recordRetirement(a, undefined);
    expect(await journal.find(a)).not.toHaveProperty('retirement');
    expect(await journal.find(a)).not.toHaveProperty('archived');
    await journal.recordRetirement(b, undefined);
    expect(await journal.retirements()).toEqual({});
  });

  it('knows which version of the source’s file is there now, and forgets nothing else', async () => {
    const journal = await opened(await newStore());
    await scan(journal, file('a'));
    await journal.recordResult(a, { state: 'copied', attempts: 1 });
    await journal.recordVerification(a, 'ok', 'content');
    const before = await journal.find(a);
    await journal.recordSource(a, { etag: 'e2' as ETag, lastModified: new Date(7) });
    expect(await journal.find(a)).toEqual({
      ...before,
      ...{ sourceEtag: 'e2', modified: new Date(7) },
    });
  });

  it('knows of which files the application’s database has been told', async () => {
    const journal = await opened(await newStore());
    await scan(journal, file('a'), file('b'), file('c'));
    await journal.recordReferenced([a, b], true);
    await journal.recordReferenced([b], false);
    await journal.recordReferenced([], true);
    expect(await keysOf(journal, { referenced: true })).toEqual(['a']);
    expect(await keysOf(journal, { referenced: false })).toEqual(['b', 'c']);
    await journal.recordResult(parseKey('a'), { state: 'pending', attempts: 0 });
    await journal.recordResult(parseKey('a'), { state: 'pending', attempts: 0 });
    await journal.recordResult(parseKey('b'), { state: 'pending', attempts: 0 });
    expect(await keysOf(journal, { referenced: 'taken-back' })).toEqual(['a']);
    expect(await keysOf(journal, { referenced: true })).toEqual([]);
    expect(await keysOf(journal, { referenced: false })).toEqual(['a', 'b', 'c']);
    await journal.recordReferenced([parseKey('a')], false);
    expect(await keysOf(journal, { referenced: 'taken-back' })).toEqual([]);
  });

  it('counts what is not verified, or less than asked for', async () => {
    const journal = await opened(await newStore());
    await scan(journal, file('a'), file('b'), file('c'), file('pending'));
    for (const key of [a, b, c]) await journal.recordResult(key, { state: 'copied', attempts: 1 });
    expect(await journal.unverified('checksum')).toBe(3);
    await journal.recordVerification(a, 'ok', 'content');
    await journal.recordVerification(b, 'ok', 'checksum');
    await journal.recordVerification(c, 'missing');
    expect(await journal.find(b)).toMatchObject({ verification: 'ok', verifiedBy: 'checksum' });
    expect(await journal.find(c)).not.toHaveProperty('verifiedBy');
    expect(await journal.verifications()).toEqual({ ok: 2, missing: 1 });
    expect(await journal.unverified('checksum')).toBe(1);
    expect(await journal.unverified('content')).toBe(2);
  });

  it.each([
    ['copied', true],
    ['pending', true],
    ['present', false],
    ['superseded', false],
    ['failed', false],
  ] satisfies [FileState, boolean][])(
    'a file that becomes %s: what was found out about its copy is forgotten: %s',
    async (state, forgotten) => {
      const journal = await opened(await newStore());
      await scan(journal, file('a'));
      await journal.recordVerification(a, 'ok', 'content');
      await journal.recordRetirement(a, 'retired', 'archive/a');
      await journal.recordReferenced([a], true);
      await journal.recordResult(a, { state, attempts: 1 });
      const { verification, verifiedBy, retirement, archived, referenced } =
        (await journal.find(a)) ?? {};
      expect({ verification, verifiedBy, retirement, archived, referenced }).toEqual(
        forgotten
          ? { referenced: false }
          : {
              ...{ verification: 'ok', verifiedBy: 'content', referenced: true },
              ...{ retirement: 'retired', archived: 'archive/a' },
            },
      );
    },
  );
}
