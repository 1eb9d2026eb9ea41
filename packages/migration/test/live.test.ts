import { parseKey, StorageError } from '@org/storage-core';
import { HybridStorageProvider } from '@org/storage-hybrid';
import { describe, expect, it, vi } from 'vitest';
import { migrate } from '../src/index.js';
import { altered, memoryWith, temporaryJournal, uploadsOf } from './fixtures.js';

async function setUp(files: Readonly<Record<string, string>>) {
  const source = await memoryWith(files);
  const target = await memoryWith({}, 'target');
  const storage = new HybridStorageProvider({ source, target, mode: 'hybrid', handedOver: true });
  return { source, target, storage, journal: await temporaryJournal() };
}

describe('a migration beside an application', () => {
  it('leaves what the application has written and deleted, and says so', async () => {
    const { source, target, storage, journal } = await setUp({ a: '1', b: '2', c: '3' });
    let first = true;
    const busy = altered(source, {
      async download(key, options) {
        if (first) {
          first = false;
          await storage.upload('a', 'written');
          await storage.delete('b');
          await source.upload('a', '1'); // leftovers, as a crash before the drop leaves them
          await source.upload('b', '2');
        }
        return source.download(key, options);
      },
    });
    const report = await migrate({ source: busy, target, journal, live: true, concurrency: 1 });
    expect(report.outcome).toBe('complete');
    const states = ['a', 'b', 'c'].map(async (key) => (await journal.find(parseKey(key)))?.state);
    expect(await Promise.all(states)).toEqual(['superseded', 'deleted', 'copied']);
  });

  it('knows its own copy where the process was killed before it could write that down', async () => {
    const { source, target, storage, journal } = await setUp({ a: '1', b: '2', c: '3' });
    const record = vi.spyOn(journal, 'recordResult').mockRejectedValue(new TypeError('killed'));
    await expect(migrate({ source, target, journal, live: true })).rejects.toThrow('killed');
    record.mockRestore();
    await storage.upload('b', 'written');
    await source.upload('b', '2'); // a leftover
    await target.delete('c');
    await target.upload('c', '3');
    const { runId, files } = await migrate({ source, target, journal, live: true });
    expect(files).toMatchObject({
      copied: { files: 1 },
      superseded: { files: 1 },
      present: { files: 1 },
    });
    expect(await journal.find(parseKey('a'))).toMatchObject({ state: 'copied', run: runId });
    expect(await journal.find(parseKey('c'))).not.toHaveProperty('run');
  });

  it('raises an alarm for what is in neither store', async () => {
    const { source, target, journal } = await setUp({ a: '1', b: '2' });
    const losing = altered(source, {
      async download(key, options) {
        await source.delete('b');
        return source.download(key, options);
      },
    });
    const report = await migrate({ source: losing, target, journal, live: true, concurrency: 1 });
    expect(report).toMatchObject({ outcome: 'incomplete', files: { lost: { files: 1 } } });
  });

  it('looks for what went from the source between two runs', async () => {
    const { source, target, storage, journal } = await setUp({ a: '1', b: '2' });
    const stop = AbortSignal.abort();
    await migrate({ source, target, journal, live: true, stop });
    await journal.recordSeen([{ ...(await source.stat('a')), type: 'file' }]);
    await storage.upload('a', 'written');
    const report = await migrate({ source, target, journal, live: true });
    expect(report.outcome).toBe('complete');
    expect((await journal.find(parseKey('a')))?.state).toBe('superseded');
  });

  it('removes the parts of what was refused at its end, at the latest in the next run', async () => {
    const { source, target, journal } = await setUp({ a: '1' });
    const aborted: string[] = [];
    let away = true;
    const multipart = uploadsOf({
      async *list() {},
      async abort(_, uploadId) {
        if (away) throw new StorageError('Unavailable', 'the target is away');
        aborted.push(uploadId);
      },
    });
    const refusing = altered(target, {
      multipart,
      async upload(key, body, options) {
        await options?.onMultipartUpload?.('7');
        await target.upload(key, 'of the application');
        return target.upload(key, body, options);
      },
    });
    const run = () => migrate({ source, target: refusing, journal, live: true, largeFrom: 1 });
    expect(await run()).toMatchObject({ outcome: 'complete', files: { superseded: { files: 1 } } });
    expect(aborted).toEqual([]);
    away = false;
    await run();
    expect(aborted).toEqual(['7']);
    expect(await journal.unfinishedUploads()).toEqual([]);
  });

  it('makes nothing visible once its lease has ended', async () => {
    const { source, target, journal } = await setUp({ a: '1' });
    const lease = {
      check() {
        throw new StorageError('Conflict', 'taken for gone', { retryable: false });
      },
    };
    const report = await migrate({ source, target, journal, live: lease });
    expect(report).toMatchObject({ outcome: 'incomplete', files: { failed: { files: 1 } } });
    expect(await target.exists('a')).toBe(false);
  });

  it('reports what was written to the source past the application', async () => {
    const { source, target, journal } = await setUp({ a: '1' });
    await migrate({ source, target, journal, live: true });
    await source.upload('a', 'past it');
    const report = await migrate({ source, target, journal, live: true });
    expect(report).toMatchObject({ outcome: 'incomplete', files: { conflict: { files: 1 } } });
  });
});
