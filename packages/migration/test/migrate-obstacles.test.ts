import { type ListOptions, parseKey, StorageError, type StorageProvider } from '@org/storage-core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { altered, uploadsOf } from './fixtures.js';
import { setting, watched } from './migrate-setting.js';

describe('what can’t be migrated', () => {
  const link = { reason: 'link', path: 'shortcut', detail: 'a symbolic link to a' } as const;
  const withLink = (source: StorageProvider) =>
    altered(source, {
      list: (options?: ListOptions) => {
        options?.onSkip?.(link);
        return source.list(options);
      },
    });

  it('is told one by one, journalled, and makes the migration incomplete', async () => {
    const { source, journal, events, run } = await setting({ a: '1' });
    const report = await run({ source: withLink(source) });
    expect(report).toMatchObject({ outcome: 'incomplete', unresolved: 1, skipped: { link: 1 } });
    expect(events).toContainEqual({ type: 'skipped', entry: link });
    const skipped = [];
    for await (const entry of journal.skipped()) skipped.push(entry);
    expect(skipped).toEqual([link]);
  });

  it('is counted all the same where it is accepted', async () => {
    const { source, run } = await setting({ a: '1' });
    const report = await run({ source: withLink(source), accept: ['link'] });
    expect(report).toMatchObject({ outcome: 'complete', unresolved: 0, skipped: { link: 1 } });
  });
});

describe('a migration is refused', () => {
  it('where the target ignores preconditions, before anything is written', async () => {
    const { target, journal, run } = await setting({ a: '1' });
    const { provider, keys } = watched(
      altered(target, {
        probe: async () => ({ ...target.capabilities, conditionalCreate: 'absent' as const }),
      }),
    );
    await expect(run({ target: provider })).rejects.toMatchObject({
      code: 'Unsupported',
      operation: 'migrate',
    });
    expect(keys).toEqual([]);
    expect((await journal.runs(1))[0]).toBeUndefined();
  });

  it('where the target is not healthy, before the source is looked at', async () => {
    const { target, journal, run } = await setting({ a: '1' });
    const error = new StorageError('AccessDenied', 'the access key is unknown');
    const sick = altered(target, {
      checkHealth: async () => ({ healthy: false, latency: 1, error }),
    });
    await expect(run({ target: sick })).rejects.toBe(error);
    expect((await journal.runs(1))[0]).toBeUndefined();
  });

  it('where the source can’t be listed', async () => {
    const { source, journal, run } = await setting({ a: '1' });
    const error = new StorageError('NotFound', 'there is no directory');
    const missing = altered(source, {
      list: () => ({
        [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(error) }),
      }),
    });
    await expect(run({ source: missing })).rejects.toBe(error);
    expect((await journal.runs(1))[0]).toMatchObject({ outcome: 'stopped' });
  });
});

describe('multipart uploads that a killed run left behind', () => {
  it('are removed by the next: the journalled one, and the one whose id was not written down', async () => {
    const { target, journal, events, run } = await setting({ known: '1', unknown: '2' });
    await run();
    await journal.recordUpload(parseKey('known'), 'id-1');
    await journal.recordUpload(parseKey('unknown'));
    const left = new Map([
      ['id-1', 'known'],
      ['id-2', 'unknown'],
      ['id-3', 'unknown too'],
    ]);
    const withUploads = altered(target, {
      multipart: uploadsOf({
        async *list() {
          for (const [uploadId, key] of left) yield { key, uploadId, initiated: new Date(0) };
        },
        abort: async (_, uploadId) => {
          left.delete(uploadId);
        },
      }),
    });
    await run({ target: withUploads });
    expect([...left.keys()]).toEqual(['id-3']);
    expect(events.filter(({ type }) => type === 'upload-aborted')).toHaveLength(2);
    expect(await journal.unfinishedUploads()).toEqual([]);
  });
});

describe('a full disk under the journal', () => {
  it('ends the run instead of copying what can’t be written down', async () => {
    const files = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`f${i}`, 'x']));
    const { target, journal, run } = await setting(files);
    const full = new StorageError('QuotaExceeded', 'the disk is full');
    const record = journal.recordResult;
    journal.recordResult = () => Promise.reject(full);
    onTestFinished(() => {
      journal.recordResult = record;
    });
    const { provider, keys } = watched(target);
    await expect(run({ target: provider, concurrency: 4 })).rejects.toBe(full);
    expect(keys.length).toBeLessThanOrEqual(8);
  });
});
