import { parseKey, StorageError } from '@org/storage-core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { altered, contentOf, keysOf } from './fixtures.js';
import { setting, unavailable, watched } from './migrate-setting.js';

describe('a migration', () => {
  it('copies every file with its headers and metadata, and leaves the source as it is', async () => {
    const { source, target, run } = await setting({ 'a/b.txt': 'one', c: '' });
    await source.upload('page.html', '<p>', {
      contentType: 'text/html; charset=utf-8',
      cacheControl: 'no-cache',
      contentDisposition: 'inline',
      metadata: { owner: 'Zoë' },
    });
    const report = await run();
    expect(report).toMatchObject({ outcome: 'complete', unresolved: 0 });
    expect(report.lastRun).toMatchObject({ id: report.runId, outcome: 'complete' });
    expect(report.files.copied).toEqual({ files: 3, bytes: 6 });
    expect(await keysOf(target)).toEqual(['a/b.txt', 'c', 'page.html']);
    expect(await contentOf(target, 'a/b.txt')).toBe('one');
    expect(await target.stat('page.html')).toMatchObject({
      contentType: 'text/html; charset=utf-8',
      cacheControl: 'no-cache',
      contentDisposition: 'inline',
      metadata: { owner: 'Zoë' },
    });
    expect(await keysOf(source)).toEqual(['a/b.txt', 'c', 'page.html']);
  });

  it('copies nothing when it is run again', async () => {
    const { target, run } = await setting({ a: '1', b: '2' });
    await run();
    const { provider, keys } = watched(target);
    const again = await run({ target: provider });
    expect(again).toMatchObject({ outcome: 'complete' });
    expect(keys).toEqual([]);
  });

  it('copies what has come since the last run', async () => {
    const { source, target, run } = await setting({ a: '1' });
    await run();
    await source.upload('b', '2');
    const { provider, keys } = watched(target);
    await run({ target: provider });
    expect(keys).toEqual(['b']);
  });

  it('never overwrites what the target has under a key', async () => {
    const { target, run, journal } = await setting({ mine: 'old', same: 'equal' });
    await target.upload('mine', 'newer, by the application');
    await target.upload('same', 'equal');
    const report = await run();
    expect(report).toMatchObject({ outcome: 'incomplete', unresolved: 1 });
    expect(await contentOf(target, 'mine')).toBe('newer, by the application');
    expect(await journal.find(parseKey('mine'))).toMatchObject({ state: 'conflict' });
    expect(await journal.find(parseKey('same'))).toMatchObject({ state: 'present' });
  });

  it('never overwrites what comes to the target while a file is copied', async () => {
    const { target, run } = await setting({ a: 'from the source' });
    const racing = altered(target, {
      upload: async (key, body, options) => {
        await target.upload(key, 'from the application');
        return target.upload(key, body, options);
      },
    });
    expect(await run({ target: racing })).toMatchObject({ outcome: 'incomplete' });
    expect(await contentOf(target, 'a')).toBe('from the application');
  });

  it('finds a changed source file again, and does not overwrite the copy of its old content', async () => {
    const { source, target, run, journal } = await setting({ a: 'one' });
    await run();
    await source.upload('a', 'two');
    expect(await run()).toMatchObject({ outcome: 'incomplete' });
    expect(await contentOf(target, 'a')).toBe('one');
    expect(await journal.find(parseKey('a'))).toMatchObject({ state: 'conflict' });
  });

  it('tries again after passing failures, and tells of each', async () => {
    const { target, events, run } = await setting({ a: '1' });
    const { provider } = watched(target, (_, nth) => {
      if (nth <= 2) throw unavailable();
    });
    expect(await run({ target: provider })).toMatchObject({ outcome: 'complete' });
    expect(events.filter(({ type }) => type === 'retry')).toHaveLength(2);
    expect(await contentOf(target, 'a')).toBe('1');
  });

  it('takes its own upload whose answer was lost for done', async () => {
    const { target, journal, run } = await setting({ a: '1' });
    let lost = 0;
    const forgetful = altered(target, {
      upload: async (...args) => {
        const stored = await target.upload(...args);
        if (lost++ === 0) throw unavailable();
        return stored;
      },
    });
    expect(await run({ target: forgetful })).toMatchObject({ outcome: 'complete' });
    expect(await journal.find(parseKey('a'))).toMatchObject({ state: 'present', attempts: 2 });
  });

  it('reports the files that fail, and resolves them in a later run', async () => {
    const { target, journal, run } = await setting({ good: '1', bad: '2' });
    const { provider } = watched(target, (key) => {
      if (key === 'bad') throw new StorageError('TooLarge', 'too large');
    });
    expect(await run({ target: provider })).toMatchObject({ outcome: 'incomplete', unresolved: 1 });
    expect(await journal.find(parseKey('bad'))).toMatchObject({
      state: 'failed',
      attempts: 1,
      error: { code: 'TooLarge', message: 'too large' },
    });
    expect(await run()).toMatchObject({ outcome: 'complete' });
  });

  it('stops when too many files in a row fail for a reason that is not theirs', async () => {
    const files = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`f${i}`, 'x']));
    const { target, run } = await setting(files);
    const { provider, keys } = watched(target, () => {
      throw unavailable();
    });
    const report = await run({
      target: provider,
      failureLimit: 10,
      concurrency: 2,
      retry: { attempts: 1 },
    });
    expect(report).toMatchObject({ outcome: 'stopped', reason: { code: 'Unavailable' } });
    expect(keys.length).toBeLessThanOrEqual(12);
  });

  it('does not stop for failures that lie in the files', async () => {
    const files = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`f${i}`, 'x']));
    const { target, run } = await setting(files);
    const { provider } = watched(target, () => {
      throw new StorageError('InvalidKey', 'not for me');
    });
    const report = await run({ target: provider, failureLimit: 10 });
    expect(report).toMatchObject({ outcome: 'incomplete', unresolved: 30 });
  });

  it('finishes what is in flight when it is told to stop, and goes on later', async () => {
    const files = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`f${i}`, 'x']));
    const { target, run } = await setting(files);
    const controller = new AbortController();
    const { provider, keys } = watched(target, (_, nth) => {
      if (nth === 10) controller.abort();
    });
    const report = await run({ target: provider, concurrency: 4, stop: controller.signal });
    expect(report.outcome).toBe('interrupted');
    expect(keys.length).toBeLessThanOrEqual(14);
    expect(report.files.copied.files).toBe(keys.length);
    expect(await run()).toMatchObject({ outcome: 'complete' });
    expect(await keysOf(target)).toHaveLength(50);
  });

  it('ends at once when it is aborted, and can go on later', async () => {
    const { target, journal, run } = await setting({ a: '1', b: '2' });
    const controller = new AbortController();
    const { provider } = watched(target, () => controller.abort());
    await expect(run({ target: provider, signal: controller.signal })).rejects.toMatchObject({
      code: 'Aborted',
    });
    expect((await journal.runs(1))[0]).toMatchObject({ outcome: 'interrupted' });
    expect(await run()).toMatchObject({ outcome: 'complete' });
  });

  it('does not make Node warn of many listeners on the caller’s signal', async () => {
    const files = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`f${i}`, 'x']));
    const { target, run } = await setting(files);
    const warnings: Error[] = [];
    const onWarning = (warning: Error) => warnings.push(warning);
    process.on('warning', onWarning);
    onTestFinished(() => void process.off('warning', onWarning));
    const listening = altered(target, {
      upload: async (key, body, options) => {
        const listener = () => {};
        options?.signal?.addEventListener('abort', listener);
        await new Promise((resolve) => setTimeout(resolve, 5));
        options?.signal?.removeEventListener('abort', listener);
        return target.upload(key, body, options);
      },
    });
    await run({ target: listening, concurrency: 30, signal: new AbortController().signal });
    await new Promise((resolve) => setImmediate(resolve));
    expect(warnings.filter(({ name }) => name === 'MaxListenersExceededWarning')).toEqual([]);
  });

  it('has no more files under way than it is allowed', async () => {
    const files = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`f${i}`, 'x']));
    const { target, run } = await setting(files);
    let now = 0;
    let most = 0;
    const slow = altered(target, {
      upload: async (...args) => {
        most = Math.max(most, ++now);
        await new Promise((resolve) => setImmediate(resolve));
        now--;
        return target.upload(...args);
      },
    });
    await run({ target: slow, concurrency: 5 });
    expect(most).toBe(5);
  });
});
