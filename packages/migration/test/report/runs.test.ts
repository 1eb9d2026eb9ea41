import { StorageError } from '@org/storage-core';
import { describe, expect, it } from 'vitest';
import {
  counted,
  formatFiles,
  type Journal,
  migrationReport,
  reportCsv,
  reportHtml,
  reportMarkdown,
  restoreFiles,
  retireFiles,
  revertRun,
  runResult,
  sweepTombstones,
  verify,
} from '../../src/index.js';
import { ManualClock } from '../backfill/manual-clock.js';
import { altered } from '../fixtures.js';
import { migrated } from '../retire/migrated.js';

/** The newest run as the report has it. */
async function lastOf(journal: Journal) {
  const [run] = (await migrationReport(journal)).runs;
  if (run === undefined) throw new Error('there is no run');
  const { kind, files, bytes, failed } = run;
  return { kind, files, bytes, failed, result: runResult(run) };
}

describe('what a run of each kind did', () => {
  it('is in the report: files, their bytes, and what became of them', async () => {
    const setting = await migrated({ a: 'one', b: 'two!', c: 'three' });
    const { source, target, journal, storage, run } = setting;
    const stores = { source, target, journal, live: true };
    expect(await lastOf(journal)).toEqual({
      ...{ kind: 'verify', files: 3, bytes: 12, failed: 0, result: '3 whole' },
    });
    await target.delete('b');
    await verify(stores);
    expect(await lastOf(journal)).toMatchObject({
      ...{ files: 3, bytes: 12, result: '2 whole, 1 missing in the target' },
    });
    await retireFiles({ ...stores, archive: source.trash });
    expect(await lastOf(journal)).toEqual({
      ...{ kind: 'retire', files: 3, bytes: 8, failed: 0, result: '2 retired, 1 not verified' },
    });
    await restoreFiles({ ...stores, archive: source.trash });
    expect(await lastOf(journal)).toEqual({
      ...{ kind: 'restore', files: 2, bytes: 8, failed: 0, result: '2 restored' },
    });
    await storage.upload('a', 'newer');
    await storage.delete('c');
    await revertRun({ ...stores, run, applicationStopped: true });
    expect(await lastOf(journal)).toMatchObject({
      ...{ kind: 'revert', files: 3, bytes: 4 },
      result: '1 taken back, 2 replaced or deleted by the application',
    });
    await sweepTombstones({ ...stores, cutOver: true, drain: 0 });
    expect(await lastOf(journal)).toMatchObject({ kind: 'sweep', files: 1, result: '1 removed' });
    await sweepTombstones({ ...stores, cutOver: true, drain: 0 });
    expect(await lastOf(journal)).toMatchObject({ files: 0, result: 'nothing to do' });

    const report = await migrationReport(journal);
    const told = '1 taken back, 2 replaced or deleted by the application';
    for (const page of [reportHtml(report), reportMarkdown(report), reportCsv(report)])
      expect(page).toContain(told);
    expect(JSON.parse(JSON.stringify(report)).runs[2].counts).toEqual({
      ...{ reverted: 1, superseded: 2 },
    });
  });

  it('is known of one that is killed, as far as its last sample', async () => {
    const { source, target, journal } = await migrated({ a: 'one', b: 'two!' });
    const clock = new ManualClock();
    let stats = 0;
    const abort = new AbortController();
    const dying = altered(target, {
      stat: async (key, options) => {
        if (++stats === 2) {
          clock.advance(5_000);
          // Its end is not written down.
          journal.endRun = async () => {};
          abort.abort();
        }
        return target.stat(key, options);
      },
    });
    const killed = verify({
      ...{ source, journal, target: dying, clock, concurrency: 1, signal: abort.signal },
    });
    await expect(killed).rejects.toMatchObject({ code: 'Aborted' });
    expect(await lastOf(journal)).toEqual({
      ...{ kind: 'verify', files: 1, bytes: 3, failed: 0, result: undefined },
    });
  });

  it('has those that failed, whose bytes count for nothing', async () => {
    const { source, target, journal } = await migrated({ a: 'one', b: 'two!' });
    const denied = altered(target, {
      stat: async (key, options) => {
        if (key === 'a') throw new StorageError('AccessDenied', 'not for you');
        return target.stat(key, options);
      },
    });
    await verify({ source, target: denied, journal });
    expect(await lastOf(journal)).toEqual({
      ...{ kind: 'verify', files: 2, bytes: 4, failed: 1, result: '1 whole, 1 failed' },
    });
  });
});

it('a count has its noun in the right number', () => {
  expect([0, 1, 2, 12_345].map((count) => counted(count, 'file'))).toEqual([
    ...['0 files', '1 file', '2 files', '12,345 files'],
  ]);
  expect(counted(2, 'process', 'processes')).toBe('2 processes');
  expect(formatFiles({ files: 1, bytes: 1536 })).toBe('1 file, 1.5 KiB');
});
