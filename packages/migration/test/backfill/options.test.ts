import { MemoryStorageProvider, parseKey, StorageError, TokenBucket } from '@org/storage-core';
import { HybridStorageProvider } from '@org/storage-hybrid';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  type Control,
  type MigrateOptions,
  type MigrationEvent,
  migrate,
  openSqliteJournal,
} from '../../src/index.js';
import { altered, keysOf, memoryWith, quickly, temporaryJournal } from '../fixtures.js';
import { ManualClock } from './manual-clock.js';

async function setting(files: Record<string, string>, now?: string) {
  const source = await memoryWith(files);
  const target = new MemoryStorageProvider({ name: 'target' });
  const journal = await temporaryJournal();
  const clock = new ManualClock(now);
  const events: MigrationEvent[] = [];
  const waiting = new Set<() => void>();
  const onEvent = (event: MigrationEvent) => {
    events.push(event);
    for (const look of waiting) look();
  };
  const run = (changes: Partial<MigrateOptions> = {}) =>
    migrate({ source, target, journal, retry: quickly, clock, onEvent, ...changes });
  /** Resolves when such an event has come since `from`. */
  const event = (fits: (event: MigrationEvent) => boolean, from = 0) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (!events.slice(from).some(fits)) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });
  /** As another process does it. */
  const control = async (wanted: Control) => {
    const other = await openSqliteJournal({ file: journal.place, access: 'look' });
    await other.setControl(wanted);
    await other.close();
  };
  return { source, target, journal, clock, events, run, event, control };
}

const numbered = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`f${i}`, 'x'.repeat(i)]));

/** More turns of the event loop than a file takes to be copied, so that one that is begun would be seen. */
async function enoughTurns(): Promise<void> {
  for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setTimeout(resolve, 20)); // for a flush of the journal
}

const isPaused = (event: MigrationEvent) => event.type === 'pace' && event.waiting === 'paused';
const isFile = (event: MigrationEvent) => event.type === 'file';

describe('a migration of a part of the files', () => {
  const FILES = { 'a/1.jpg': 'one', 'a/2.txt': 'two!', 'b/3.jpg': 'three' };

  it('copies what is selected, and says of the others that they were not', async () => {
    const { target, run, events } = await setting(FILES);
    const report = await run({ select: { include: ['**/*.jpg'], maxSize: 4 } });
    expect(report).toMatchObject({
      outcome: 'complete',
      notSelected: { files: 2, bytes: 9 },
      unresolved: 2,
    });
    expect(report.files.pending.files).toBe(2);
    expect(await keysOf(target)).toEqual(['a/1.jpg']);
    expect(events).toContainEqual({
      type: 'scanned',
      seen: { files: 3, bytes: 12 },
      todo: { files: 1, bytes: 3 },
    });
  });

  it('is completed by others', async () => {
    const { target, run } = await setting(FILES);
    await run({ select: { include: ['a/**'] } });
    const rest = await run({ select: { exclude: ['a/**'] } });
    expect(rest).toMatchObject({ outcome: 'complete', unresolved: 0, notSelected: { files: 0 } });
    expect(await keysOf(target)).toEqual(Object.keys(FILES));
  });

  it('is incomplete by a selected file that fails, not by others', async () => {
    const { target, run } = await setting(FILES);
    const failing = altered(target, {
      upload: async (key, ...rest) => {
        if (key === 'a/2.txt') throw new StorageError('TooLarge', 'too large');
        return target.upload(key, ...rest);
      },
    });
    expect(await run({ target: failing })).toMatchObject({ outcome: 'incomplete', unresolved: 1 });
    const select = { exclude: ['a/2.txt'] };
    expect(await run({ target: failing, select })).toMatchObject({
      outcome: 'complete',
      unresolved: 1,
      notSelected: { files: 1 },
    });
  });

  it('is refused with a selection that can’t be meant, before anything is begun', async () => {
    const { run, journal } = await setting(FILES);
    for (const wrong of [
      { select: { include: ['/a/**'] } },
      { concurrency: 0 },
      { rate: 0 },
      { bandwidth: 0.5 },
      { windows: [{ from: '1:00', to: 'x' }] },
      { concurrency: { least: 3, most: 2 } },
      { failureBudget: { share: 2 } },
    ] as const)
      await expect(run(wrong)).rejects.toMatchObject({ code: 'InvalidArgument' });
    expect(await journal.runs()).toEqual([]);
  });
});

describe('the order of a migration', () => {
  it('is that of the keys, or the smallest or newest first', async () => {
    const files = { a: '333', b: '1', c: '22' };
    const begun = async (order?: MigrateOptions['order']) => {
      const { run, events, source } = await setting({});
      for (const [key, content] of Object.entries(files)) {
        await source.upload(key, content);
        await new Promise((resolve) => setTimeout(resolve, 2)); // a later modification
      }
      await run({ concurrency: 1, ...(order === undefined ? {} : { order }) });
      return events.flatMap((event) => (event.type === 'file' ? [event.key] : []));
    };
    expect(await begun()).toEqual(['a', 'b', 'c']);
    expect(await begun('smallest')).toEqual(['b', 'c', 'a']);
    expect(await begun('newest')).toEqual(['c', 'b', 'a']);
  });
});

describe('a migration that is paused by another process', () => {
  it('begins no file until it goes on', async () => {
    const { target, clock, events, run, event, control } = await setting(numbered(5));
    await control({ paused: true });
    const report = run();
    await event(isPaused);
    await enoughTurns();
    expect(await keysOf(target)).toEqual([]);
    await control({ paused: false });
    clock.advance(1_000);
    expect(await report).toMatchObject({ outcome: 'complete' });
    const paused = events.findIndex(isPaused);
    expect(events.slice(paused).some((later) => later.type === 'pace' && !later.waiting)).toBe(
      true,
    );
    expect(clock.tasks).toBe(0);
  });

  it('is paused under way: what has begun is finished', async () => {
    const { target, clock, run, event, control, events } = await setting(numbered(20));
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    let begun = 0;
    let told = () => {};
    const both = new Promise<void>((resolve) => {
      told = resolve;
    });
    const slow = altered(target, {
      upload: async (...args) => {
        if (++begun === 2) told();
        await gate;
        return target.upload(...args);
      },
    });
    const report = run({ target: slow, concurrency: 2 });
    await both;
    await control({ paused: true });
    clock.advance(1_000);
    await event(isPaused);
    open();
    await event((one) => isFile(one) && events.filter(isFile).length === 2);
    await enoughTurns();
    expect(begun).toBe(2);
    await control({ paused: false });
    clock.advance(1_000);
    expect(await report).toMatchObject({ outcome: 'complete' });
    expect(await keysOf(target)).toHaveLength(20);
  });

  it('ends at once when it is told to stop, or aborted', async () => {
    const { run, event, control, events, clock } = await setting(numbered(5));
    await control({ paused: true });
    const stop = new AbortController();
    const stopped = run({ stop: stop.signal });
    await event(isPaused);
    await enoughTurns();
    stop.abort();
    expect(await stopped).toMatchObject({ outcome: 'interrupted' });
    const from = events.length;
    const abort = new AbortController();
    const aborted = run({ signal: abort.signal });
    await event(isPaused, from);
    await enoughTurns();
    abort.abort();
    await expect(aborted).rejects.toMatchObject({ code: 'Aborted' });
    expect(clock.tasks).toBe(0);
  });
});

describe('a migration with windows', () => {
  const windows = [{ from: '01:00', to: '05:00' }];
  const timezone = 'Europe/Berlin';

  it('waits for the next, and goes on', async () => {
    const { clock, run, event, events } = await setting(numbered(3), '2026-01-15T23:30:00+01:00');
    const report = run({ windows, timezone });
    await event((one) => one.type === 'pace' && one.waiting === 'window');
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'pace', until: new Date('2026-01-16T01:00:00+01:00') }),
    );
    await enoughTurns();
    expect(events.filter(isFile)).toEqual([]);
    clock.advance(90 * 60_000);
    expect(await report).toMatchObject({ outcome: 'complete' });
  });

  it('does not wait within one', async () => {
    const { run, events } = await setting(numbered(3), '2026-01-15T02:00:00+01:00');
    expect(await run({ windows, timezone })).toMatchObject({ outcome: 'complete' });
    expect(events.some((one) => one.type === 'pace' && one.waiting)).toBe(false);
  });
});

describe('limits that another process sets', () => {
  it('hold for the files that are begun from then on', async () => {
    const { target, run, control } = await setting(numbered(40));
    await control({ paused: false, concurrency: 3 });
    let now = 0;
    let most = 0;
    const counting = altered(target, {
      upload: async (...args) => {
        most = Math.max(most, ++now);
        await new Promise((resolve) => setImmediate(resolve));
        return target.upload(...args).finally(() => now--);
      },
    });
    await run({ target: counting, concurrency: 20 });
    expect(most).toBe(3);
  });

  it('are told, and are the run’s own again when they are taken back', async () => {
    const { run, control, events } = await setting(numbered(3));
    await control({ paused: false, concurrency: 'auto', bandwidth: 1e9, rate: 1e6 });
    await run({ concurrency: 7 });
    const pace = { type: 'pace', concurrency: 'auto', bandwidth: 1e9, rate: 1e6 };
    expect(events.filter(({ type }) => type === 'pace')).toEqual([pace]);
    await control({ paused: false });
    events.length = 0;
    await run({ concurrency: 7 });
    expect(events.filter(({ type }) => type === 'pace')).toEqual([]);
  });

  it('are asked for every byte that is read, twice for a large file, and for every file', async () => {
    const asked: number[] = [];
    const ask = vi.spyOn(TokenBucket.prototype, 'ask');
    onTestFinished(() => ask.mockRestore());
    const { run } = await setting({ small: 'x'.repeat(1_000), large: 'x'.repeat(20_000) });
    await run({ largeFrom: 20_000 });
    for (const [{ bytes }] of ask.mock.calls) asked.push(bytes);
    expect(asked.filter((bytes) => bytes === 1)).toHaveLength(2 + 1); // the last finds that there is no other file
    expect(asked.filter((bytes) => bytes > 1).reduce((sum, bytes) => sum + bytes, 0)).toBe(41_000);
  });

  it('that can’t be read end the run', async () => {
    const { run, journal, clock } = await setting(numbered(3));
    const broken = new StorageError('Unknown', 'the journal can’t be read');
    journal.control = () => Promise.reject(broken);
    await expect(run()).rejects.toBe(broken);
    expect(clock.tasks).toBe(0);
    expect((await journal.runs(1))[0]).toMatchObject({ outcome: 'stopped' });
  });
});

describe('a failure budget', () => {
  it('stops the run with the reason, and leaves the rest for the next', async () => {
    const { target, run, journal } = await setting(numbered(50));
    const failing = altered(target, {
      upload: async (key, ...rest) => {
        if (/[13579]$/.test(key)) throw new StorageError('TooLarge', 'too large');
        return target.upload(key, ...rest);
      },
    });
    const report = await run({ target: failing, failureBudget: { share: 0.1 }, concurrency: 1 });
    expect(report).toMatchObject({ outcome: 'stopped', reason: { code: 'TooLarge' } });
    expect(report.reason?.message).toBe(
      '6 files failed, more than the run may have, the last one thus: too large',
    );
    expect(report.files.failed.files).toBe(6);
    expect(report.files.pending.files).toBeGreaterThan(0);
    expect(await journal.find(parseKey('f0'))).toMatchObject({ state: 'copied' });
    expect(await run()).toMatchObject({ outcome: 'complete' });
  });
});

describe('what goes with a file', () => {
  it('is its description, and for a live application its time and ETag', async () => {
    const { source, target, run } = await setting({});
    const described = {
      contentType: 'text/html; charset=utf-8',
      cacheControl: 'public, max-age=60',
      contentDisposition: 'inline',
      metadata: { owner: 'Zoë' },
    };
    const { lastModified, etag } = await source.upload('page', '<p>', described);
    await run({ live: true });
    const application = new HybridStorageProvider({
      ...{ source, target, mode: 'hybrid' as const, handedOver: true },
    });
    await source.delete('page');
    expect(await application.stat('page')).toMatchObject({ ...described, lastModified, etag });
  });
});

describe('the timeline of a run', () => {
  it('has a sample every few seconds and one at its end', async () => {
    const { target, run, journal, clock } = await setting(numbered(4), '2026-01-15T12:00:00Z');
    let uploads = 0;
    const failing = altered(target, {
      upload: async (key, ...rest) => {
        if (++uploads === 2) throw new StorageError('Unavailable', 'once');
        if (key === 'f3') {
          clock.advance(5_000);
          throw new StorageError('TooLarge', 'too large');
        }
        return target.upload(key, ...rest);
      },
    });
    const { runId } = await run({ target: failing, concurrency: 1 });
    expect(await journal.samples(runId)).toEqual([
      { at: new Date('2026-01-15T12:00:05Z'), files: 3, bytes: 3, failed: 0, retries: 1 },
      { at: new Date('2026-01-15T12:00:05Z'), files: 4, bytes: 3, failed: 1, retries: 1 },
    ]);
  });

  it('is written for a run that is aborted, too', async () => {
    const { target, run, journal } = await setting(numbered(4));
    const abort = new AbortController();
    const aborting = altered(target, {
      upload: async (key, ...rest) => {
        if (key === 'f2') abort.abort();
        return target.upload(key, ...rest);
      },
    });
    await expect(
      run({ target: aborting, concurrency: 1, signal: abort.signal }),
    ).rejects.toMatchObject({ code: 'Aborted' });
    const [last] = await journal.runs(1);
    expect(await journal.samples(last?.id ?? '')).toMatchObject([{ files: 2 }]);
  });
});
