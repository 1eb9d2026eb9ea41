import { parseKey, StorageError } from '@org/storage-core';
import { HybridStorageProvider, memoryFleetRegistry, requireStages } from '@org/storage-hybrid';
import { describe, expect, it } from 'vitest';
import { migrate, type RevertRunOptions, retireFiles, revertRun } from '../../src/index.js';
import { altered, keysOf, quickly } from '../fixtures.js';
import { contentIn, type Migrated, migrated, recordOf } from './migrated.js';

type Changes = Partial<Omit<RevertRunOptions, 'applicationStopped' | 'handedBack'>>;

const given = (place: Migrated, changes: Changes = {}) => {
  const { source, target, journal, run } = place;
  const archive = source.trash;
  const wait = async () => {};
  return { source, target, journal, run, archive, wait, retry: quickly, ...changes };
};

function run(place: Migrated, changes: Changes = {}) {
  return revertRun({ ...given(place, changes), handedBack: true });
}

async function retired(files: Readonly<Record<string, string>>): Promise<Migrated> {
  const place = await migrated(files);
  await retireFiles({ ...place, archive: place.source.trash, live: true });
  return place;
}

/** The application, as it is beside a reversion. */
function prepared({ source, target }: Migrated) {
  return new HybridStorageProvider({ source, target, mode: 'prepare', handedOver: false });
}

describe('taking a run back', () => {
  it('gives the source its files, and takes the copies, when the longest request has ended', async () => {
    const place = await retired({ a: '1', 'b/c': '22' });
    const waited: unknown[] = [];
    const wait = async (milliseconds: number) => {
      waited.push({ milliseconds, source: await keysOf(place.source) });
      expect(await keysOf(place.target)).toEqual(['a', 'b/c']);
    };
    const report = await run(place, { wait, drain: 5_000 });
    expect(report).toMatchObject({ outcome: 'complete', counts: { reverted: 2, superseded: 0 } });
    expect(waited).toEqual([{ milliseconds: 5_000, source: ['a', 'b/c'] }]);
    expect(await keysOf(place.target)).toEqual([]);
    expect(await contentIn(place.source, 'b/c')).toBe('22');
    expect(await recordOf(place, 'a')).toMatchObject({ state: 'pending' });
    // The same files can be migrated again.
    expect(await migrate({ ...place, live: true })).toMatchObject({
      ...{ outcome: 'complete', files: { copied: { files: 2 } } },
    });
  });

  it('takes the newest first, and each once', async () => {
    const place = await migrated({ a: '1', b: '2', c: '3' });
    const { journal } = place;
    const times = { a: 1_000, b: 3_000, c: 2_000 };
    for (const [key, time] of Object.entries(times)) {
      const etag = (await place.source.stat(key)).etag;
      await journal.recordSource(parseKey(key), { etag, lastModified: new Date(time) });
    }
    const order: string[] = [];
    const target = altered(place.target, {
      async delete(key, options) {
        order.push(key);
        return place.target.delete(key, options);
      },
    });
    await run(place, { target, concurrency: 1 });
    expect(order).toEqual(['b', 'c', 'a']);
  });

  it('leaves what the application has written and deleted since, with nothing beneath it', async () => {
    const place = await retired({ a: '1', b: '2', c: '3', d: '4' });
    const storage = prepared(place);
    await storage.upload('a', 'before');
    const wait = async () => {
      await storage.upload('b', 'between');
      await storage.delete('c');
    };
    expect(await run(place, { wait })).toMatchObject({
      ...{ outcome: 'complete', counts: { reverted: 1, superseded: 3 } },
    });
    expect(await contentIn(storage, 'a')).toBe('before');
    expect(await contentIn(storage, 'b')).toBe('between');
    expect(await storage.exists('c')).toBe(false);
    expect(await contentIn(storage, 'd')).toBe('4');
    expect(await keysOf(place.source)).toEqual(['d']);
    const states = ['a', 'b', 'c', 'd'].map(async (key) => (await recordOf(place, key))?.state);
    expect(await Promise.all(states)).toEqual(['superseded', 'superseded', 'deleted', 'pending']);
  });

  it('takes only what that run has copied', async () => {
    const place = await migrated({ a: '1' });
    await place.source.upload('b', '2');
    const { runId } = await migrate({ ...place, live: true });
    expect(await run(place, { run: runId })).toMatchObject({ counts: { reverted: 1 } });
    expect(await keysOf(place.target)).toEqual(['a']);
  });

  it('removes no copy of a file that the source could not be given', async () => {
    const place = await retired({ a: '1', b: '2' });
    const { trash } = place.source;
    const archive: typeof trash = {
      ...trash,
      async restore(entry, options) {
        const { archived } = (await recordOf(place, 'a')) ?? {};
        if (entry.id === archived) throw new StorageError('AccessDenied', 'the disk is read-only');
        return trash.restore(entry, options);
      },
    };
    expect(await run(place, { archive })).toMatchObject({
      ...{ outcome: 'incomplete', counts: { reverted: 1, failed: 1 } },
    });
    expect(await keysOf(place.target)).toEqual(['a']);
    expect(await run(place)).toMatchObject({ outcome: 'complete', counts: { reverted: 1 } });
    expect(await contentIn(place.source, 'a')).toBe('1');
  });

  it('ends after the first half when it is stopped, and nothing is taken', async () => {
    const place = await retired({ a: '1' });
    const stop = new AbortController();
    const wait = async () => stop.abort();
    const report = await run(place, { stop: stop.signal, wait });
    expect(report).toMatchObject({ outcome: 'interrupted', counts: { reverted: 0 } });
    expect(await keysOf(place.target)).toEqual(['a']);
    expect(await run(place)).toMatchObject({ counts: { reverted: 1 } });
  });

  it('is told only of a run that the journal knows', async () => {
    const place = await migrated({ a: '1' });
    const unknown = run(place, { run: 'x' });
    await expect(unknown).rejects.toMatchObject({ code: 'InvalidArgument' });
    await expect(run(place, { run: 'x' })).rejects.toThrow(`the last one is ${place.run}`);
  });

  it('does nothing in a dry run but tell', async () => {
    const place = await retired({ a: '1', b: '2' });
    await prepared(place).upload('b', 'new');
    expect(await run(place, { dryRun: true })).toMatchObject({
      counts: { reverted: 1, superseded: 1 },
    });
    expect(await keysOf(place.target)).toEqual(['a', 'b']);
    expect(await keysOf(place.source)).toEqual([]);
    expect(await recordOf(place, 'b')).toMatchObject({ state: 'copied' });
  });
});

describe('what a reversion asks for', () => {
  it('the fleet’s lease that keeps all processes in prepare', async () => {
    const place = await migrated({ a: '1' });
    const registry = memoryFleetRegistry();
    const wrong = await requireStages({ registry, allowed: ['prepare'], stage: 'prepare' });
    const refused = revertRun({ ...given(place), handedBack: wrong });
    await expect(refused).rejects.toMatchObject({ code: 'InvalidArgument' });
    await wrong.release();
    const lease = await requireStages({ registry, allowed: ['prepare'], stage: 'source' });
    const report = await revertRun({ ...given(place), handedBack: lease });
    await lease.release();
    expect(report).toMatchObject({ counts: { reverted: 1 } });
  });

  it('ends when the lease is lost meanwhile', async () => {
    const place = await migrated({ a: '1' });
    let lost = false;
    const handedBack = {
      stage: 'source' as const,
      check() {
        if (lost) throw new StorageError('Conflict', 'taken for gone', { retryable: false });
      },
    };
    const wait = async () => {
      lost = true;
    };
    const taken = revertRun({ ...given(place, { wait }), handedBack });
    await expect(taken).rejects.toThrow('taken for gone');
    expect(await keysOf(place.target)).toEqual(['a']);
  });

  it.each(['emulated', 'absent'] as const)(
    'a server that deletes conditionally by itself, or a stopped application (%s)',
    async (conditionalDelete) => {
      const place = await retired({ a: '1', b: '2' });
      await place.target.upload('b', 'new', { metadata: {} });
      const capabilities = { ...place.target.capabilities, conditionalDelete };
      const target = altered(place.target, {
        capabilities,
        async delete(key, options) {
          if (conditionalDelete === 'absent' && options?.condition !== undefined)
            throw new StorageError('Unsupported', 'no conditions');
          return place.target.delete(key, options);
        },
      });
      await expect(run(place, { target })).rejects.toThrow(/Stop the application/);
      expect(await keysOf(target)).toEqual(['a', 'b']);
      const wait = async () => expect.unreachable();
      const stopped = { ...given(place, { target, wait }), applicationStopped: true } as const;
      expect(await revertRun(stopped)).toMatchObject({ counts: { reverted: 1, superseded: 1 } });
      expect(await keysOf(target)).toEqual(['b']);
    },
  );
});
