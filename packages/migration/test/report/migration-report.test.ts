import { parseKey } from '@org/storage-core';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { migrationReport } from '../../src/index.js';
import { temporaryJournal } from '../fixtures.js';
import { copied, failed, withFiles, withRun } from './journals.js';

const nothing = { failed: 0, retries: 0 };

describe('a report', () => {
  it('of an empty journal tells that there was nothing', async () => {
    const report = await migrationReport(await temporaryJournal());
    expect(report).toMatchObject({
      version: 1,
      summary: { outcome: 'none', total: { files: 0, bytes: 0 }, share: { files: 1, bytes: 1 } },
      ...{ runs: [], work: [], failures: [] },
      usage: { sizes: [], extensions: [], otherExtensions: { files: 0, bytes: 0 } },
    });
    expect(JSON.parse(JSON.stringify(report))).toMatchObject({ version: 1 });
  });

  it('sums up what became of the files', async () => {
    const journal = await temporaryJournal();
    await withFiles(journal, [
      { key: 'a', size: 10, result: copied },
      { key: 'b', size: 20, result: copied },
      { key: 'c', size: 30, result: { state: 'present', attempts: 1 } },
      { key: 'd', size: 25, result: failed('Timeout', 'too late') },
      { key: 'e', size: 15 },
    ]);
    await journal.recordVerification(parseKey('a'), 'ok', 'content');
    await journal.recordVerification(parseKey('b'), 'ok', 'checksum');
    await journal.recordVerification(parseKey('c'), 'different', 'checksum');
    await journal.recordRetirement(parseKey('a'), 'retired');
    await journal.recordReferenced([parseKey('a'), parseKey('e')], true);
    await journal.recordSkipped([{ reason: 'link', path: 'l', detail: '' }]);
    const { summary, failures } = await migrationReport(journal, { accept: ['link'] });
    expect(summary).toMatchObject({
      total: { files: 5, bytes: 100 },
      share: { files: 0.6, bytes: 0.6 },
      verified: { results: { ok: 2, different: 1 }, byContent: 1, byChecksum: 1, open: 1 },
      retired: { retired: 1 },
      referenced: 1,
      skipped: { link: 1 },
      unresolved: 2,
    });
    expect(failures).toEqual([
      {
        ...{ code: 'Timeout', files: 1, bytes: 25 },
        examples: [{ key: 'd', state: 'failed', message: 'too late' }],
      },
    ]);
  });

  it('gives three examples of each cause, the commonest cause first', async () => {
    const journal = await temporaryJournal();
    const denied = Array.from({ length: 9 }, (_, index) => ({
      key: `denied/${index}`,
      result: failed('AccessDenied', `no ${index}`),
    }));
    await withFiles(journal, [{ key: 'late', result: failed('Timeout') }, ...denied]);
    const { failures } = await migrationReport(journal);
    expect(failures.map(({ code, files }) => [code, files])).toEqual([
      ['AccessDenied', 9],
      ['Timeout', 1],
    ]);
    expect(failures[0]?.examples.map(({ key }) => key)).toEqual([
      ...['denied/0', 'denied/1', 'denied/2'],
    ]);
  });

  it('tells how fast each kind of run was, without the pauses between runs', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    const journal = await temporaryJournal();
    await withRun(
      journal,
      'migrate',
      [
        { second: 10, files: 100, bytes: 1000, ...nothing },
        { second: 20, files: 150, bytes: 9000, failed: 1, retries: 3 },
      ],
      'interrupted',
    );
    await withRun(journal, 'verify', [{ second: 5, files: 50, bytes: 0, ...nothing }], 'complete');
    vi.setSystemTime(Date.now() + 60_000);
    await withRun(
      journal,
      'migrate',
      [{ second: 10, files: 20, bytes: 20, ...nothing }],
      'complete',
    );
    const { work, runs, summary } = await migrationReport(journal);
    expect(summary.outcome).toBe('complete');
    expect(runs.map(({ kind, outcome, files, failed }) => [kind, outcome, files, failed])).toEqual([
      ['migrate', 'complete', 20, 0],
      ['verify', 'complete', 50, 0],
      ['migrate', 'interrupted', 150, 1],
    ]);
    expect(work).toMatchObject([
      {
        ...{ kind: 'migrate', seconds: 30 },
        files: { mean: 170 / 30, median: 5, peak: 10 },
        bytes: { peak: 800 },
        timeline: [{ after: 0 }, { after: 10, failed: 1, retries: 3 }, { after: 20 }],
      },
      { kind: 'verify', seconds: 5, files: { mean: 10 } },
    ]);
  });

  it('adds up the rates of runs that were at work at the same time', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    const journal = await temporaryJournal();
    for (const files of [100, 50])
      await withRun(journal, 'migrate', [{ second: 10, files, bytes: 1000, ...nothing }]);
    const { work } = await migrationReport(journal);
    expect(work).toMatchObject([
      { seconds: 10, files: { mean: 15, peak: 15 }, timeline: [{ files: 150, bytes: 2000 }] },
    ]);
  });

  it('tells a run that goes on from one that has been silent for a minute', async () => {
    const journal = await temporaryJournal();
    const run = await withRun(journal, 'migrate', [{ second: 10, files: 1, bytes: 1, ...nothing }]);
    const after = (seconds: number) => new Date(run.started.getTime() + seconds * 1000);
    const outcomeAt = async (now: Date) =>
      (await migrationReport(journal, { now })).summary.outcome;
    expect(await outcomeAt(after(70))).toBe('running');
    expect(await outcomeAt(after(71))).toBe('silent');
  });

  it('tells what kinds of files there are', async () => {
    const journal = await temporaryJournal();
    const kinds = Array.from({ length: 20 }, (_, index) => ({ key: `f.x${index}`, size: 1 }));
    await withFiles(journal, [...kinds, { key: 'a.jpg', size: 5000 }, { key: 'b.jpg', size: 0 }]);
    const { usage } = await migrationReport(journal);
    expect(usage.sizes).toEqual([
      { from: 0, below: 1, files: 1, bytes: 0 },
      { from: 1, below: 4096, files: 20, bytes: 20 },
      { from: 4096, below: 65536, files: 1, bytes: 5000 },
    ]);
    expect(usage.extensions[0]).toEqual({ name: 'jpg', files: 2, bytes: 5000 });
    const told = usage.extensions.reduce((sum, { files }) => sum + files, 0);
    expect(told + usage.otherExtensions.files).toBe(22);
  });

  it('takes for the extension what stands behind the last dot of a name, if that is short', async () => {
    const journal = await temporaryJournal();
    const none = ['.bashrc', 'v1.2/README', 'ends.', `x.${'e'.repeat(13)}`];
    const keys = ['a.JPG', 'b/.c.jpg', 'd.tar.gz', ...none];
    await withFiles(
      journal,
      keys.map((key) => ({ key })),
    );
    const { usage } = await migrationReport(journal);
    expect(usage.extensions.map(({ name, files }) => [name, files])).toEqual([
      ['', 4],
      ['jpg', 2],
      ['gz', 1],
    ]);
  });

  it('counts no more than so many extensions, and loses none of the files', async () => {
    const journal = await temporaryJournal();
    const keys = Array.from({ length: 10_050 }, (_, index) => ({ key: `f.${index}` }));
    await withFiles(journal, keys);
    const { extensions, otherExtensions } = (await migrationReport(journal)).usage;
    expect(extensions).toHaveLength(12);
    expect(otherExtensions.files).toBe(10_050 - 12);
  });
});
