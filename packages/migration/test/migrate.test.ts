import {
  type ListOptions,
  MemoryStorageProvider,
  parseKey,
  StorageError,
  type StorageProvider,
} from '@org/storage-core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type MigrateOptions, type MigrationEvent, migrate } from '../src/index.js';
import {
  altered,
  contentOf,
  keysOf,
  memoryWith,
  quickly,
  temporaryJournal,
  uploadsOf,
} from './fixtures.js';

const unavailable = () => new StorageError('Unavailable', 'the server is down');

async function setting(files: Record<string, string>) {
  const source = await memoryWith(files);
  const target = new MemoryStorageProvider({ name: 'target' });
  const journal = await temporaryJournal();
  const events: MigrationEvent[] = [];
  const run = (changes: Partial<MigrateOptions> = {}) =>
    migrate({
      source,
      target,
      journal,
      retry: quickly,
      onEvent: (event) => events.push(event),
      ...changes,
    });
  return { source, target, journal, events, run };
}

/** Counts uploads, and lets a test act on them. */
function watched(target: StorageProvider, before: (key: string, nth: number) => void = () => {}) {
  const keys: string[] = [];
  const provider = altered(target, {
    upload: async (key, body, options) => {
      keys.push(key);
      before(key, keys.length);
      return target.upload(key, body, options);
    },
  });
  return { provider, keys };
}

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

describe('a source file', () => {
  it('that changes while it is read is not seen in the target, and is tried again', async () => {
    const { source, target, journal, run } = await setting({ a: 'first' });
    let reads = 0;
    const restless = altered(source, {
      download: async (...args) => {
        const opened = await source.download(...args);
        if (reads++ === 0) await source.upload('a', 'second');
        return opened;
      },
    });
    expect(await run({ source: restless })).toMatchObject({ outcome: 'complete' });
    expect(await contentOf(target, 'a')).toBe('second');
    expect(await journal.find(parseKey('a'))).toMatchObject({ attempts: 2 });
  });

  it('that never rests is reported', async () => {
    const { source, target, journal, run } = await setting({ a: '0' });
    const restless = altered(source, {
      download: async (...args) => {
        const opened = await source.download(...args);
        await source.upload('a', String(Math.random()));
        return opened;
      },
    });
    expect(await run({ source: restless })).toMatchObject({ outcome: 'incomplete' });
    expect(await keysOf(target)).toEqual([]);
    expect(await journal.find(parseKey('a'))).toMatchObject({
      state: 'failed',
      error: { code: 'Conflict', message: 'a changed while it was being read' },
    });
  });

  it('that disappears before or while it is read is gone, not failed', async () => {
    const { source, target, journal, run } = await setting({ before: '1', while: '2' });
    const fleeting = altered(source, {
      download: async (key, options) => {
        if (key === 'before') await source.delete(key);
        const opened = await source.download(key, options);
        await source.delete(key);
        return opened;
      },
    });
    expect(await run({ source: fleeting })).toMatchObject({ outcome: 'complete' });
    expect(await keysOf(target)).toEqual([]);
    expect(await journal.find(parseKey('before'))).toMatchObject({ state: 'gone' });
    expect(await journal.find(parseKey('while'))).toMatchObject({ state: 'gone' });
  });

  it('of some size is hashed before it is sent, and the target asked before that', async () => {
    const content = 'x'.repeat(6 * 1024 * 1024);
    const { target, run } = await setting({ large: content });
    const announced: unknown[] = [];
    const provider = altered(target, {
      upload: (key, body, options) => {
        announced.push(options?.checksums);
        return target.upload(key, body, options);
      },
    });
    await run({ target: provider });
    const { checksums } = await target.stat('large');
    expect(announced).toEqual([checksums]);
  });
});

describe('a large source file', () => {
  const large = (letter: string) => letter.repeat(6 * 1024 * 1024);

  it('that changes between its two readings is tried again', async () => {
    const { source, target, journal, run } = await setting({ a: large('1') });
    let reads = 0;
    const restless = altered(source, {
      download: async (...args) => {
        if (++reads === 2) await source.upload('a', large('2'));
        return source.download(...args);
      },
    });
    expect(await run({ source: restless })).toMatchObject({ outcome: 'complete' });
    expect(await journal.find(parseKey('a'))).toMatchObject({ attempts: 2 });
    expect((await target.stat('a')).etag).toBe((await source.stat('a')).etag);
  });

  it('is journalled as an upload before it is begun, and again with its id', async () => {
    const { source, target, journal, run } = await setting({ a: large('1') });
    const { etag: sourceEtag } = await source.stat('a');
    const seen: unknown[] = [];
    const inParts = altered(target, {
      multipart: uploadsOf({ async *list() {}, abort: async () => {} }),
      upload: async (key, body, options) => {
        seen.push(await journal.unfinishedUploads());
        await options?.onMultipartUpload?.('id-1');
        seen.push(await journal.unfinishedUploads());
        return target.upload(key, body, options);
      },
    });
    await run({ target: inParts });
    expect(seen).toEqual([[{ key: 'a' }], [{ key: 'a', uploadId: 'id-1', sourceEtag }]]);
    expect(await journal.unfinishedUploads()).toEqual([]);
  });

  it('is not sent where the target has the key already', async () => {
    const { target, run } = await setting({ a: large('1') });
    await target.upload('a', large('1'));
    const { provider, keys } = watched(target);
    expect(await run({ target: provider })).toMatchObject({ outcome: 'complete' });
    expect(keys).toEqual([]);
  });
});

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
