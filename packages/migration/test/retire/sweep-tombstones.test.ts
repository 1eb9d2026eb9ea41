import { MemoryStorageProvider, StorageError } from '@org/storage-core';
import { memoryFleetRegistry, requireStages, TOMBSTONE_SIZE } from '@org/storage-hybrid';
import { describe, expect, it } from 'vitest';
import { type SweepTombstonesOptions, sweepTombstones } from '../../src/index.js';
import { altered, keysOf, quickly } from '../fixtures.js';
import { type Migrated, migrated } from './migrated.js';

function run(place: Migrated, changes: Partial<SweepTombstonesOptions> = {}) {
  const { source, target, journal } = place;
  const options = { source, target, journal, cutOver: true, drain: 0, retry: quickly } as const;
  return sweepTombstones({ ...options, ...changes });
}

/** What was deleted after it had been retired, and a file of a tombstone's size. */
async function withTombstones(): Promise<Migrated> {
  const place = await migrated({ a: '1', b: '2', c: '3' });
  for (const key of ['a', 'b']) await place.storage.delete(key);
  await place.storage.upload('alike', 'x'.repeat(TOMBSTONE_SIZE));
  return place;
}

describe('sweeping', () => {
  it('removes tombstones, and no file', async () => {
    const place = await withTombstones();
    const report = await run(place);
    expect(report).toMatchObject({ outcome: 'complete', counts: { swept: 2, kept: 1 } });
    expect(await keysOf(place.target)).toEqual(['alike', 'c']);
    expect((await place.journal.runs(1))[0]).toMatchObject({ kind: 'sweep', outcome: 'complete' });
  });

  it('looks at nothing that can’t be a tombstone', async () => {
    const place = await withTombstones();
    const looked: string[] = [];
    const target = altered(place.target, {
      async stat(key, options) {
        looked.push(key);
        return place.target.stat(key, options);
      },
    });
    await run(place, { target });
    expect([...new Set(looked)].sort()).toEqual(['a', 'alike', 'b']);
  });

  it('leaves what is written anew just then', async () => {
    const place = await withTombstones();
    const target = altered(place.target, {
      async delete(key, options) {
        await place.target.upload(key, 'anew');
        return place.target.delete(key, options);
      },
    });
    expect(await run(place, { target })).toMatchObject({ counts: { swept: 0, kept: 3 } });
    expect(await keysOf(place.target)).toEqual(['a', 'alike', 'b', 'c']);
  });

  it('leaves a tombstone that still hides a file of the source', async () => {
    const place = await withTombstones();
    await place.source.upload('a', '1');
    const report = await run(place);
    expect(report).toMatchObject({ outcome: 'incomplete', counts: { swept: 1, needed: 1 } });
    expect(await keysOf(place.target)).toEqual(['a', 'alike', 'c']);
  });

  it('waits for requests of a migration that has just ended, and can be stopped then', async () => {
    const place = await withTombstones();
    const stop = new AbortController();
    const waited: number[] = [];
    const wait = async (milliseconds: number) => {
      waited.push(milliseconds);
      stop.abort();
    };
    const report = await run(place, { drain: 60_000, wait, stop: stop.signal });
    expect(report).toMatchObject({ outcome: 'interrupted', counts: { swept: 0 } });
    expect(waited).toEqual([60_000]);
  });

  it('asks for the lease of the stage target', async () => {
    const place = await withTombstones();
    const registry = memoryFleetRegistry();
    const settled = await requireStages({ registry, allowed: ['target'] });
    await expect(run(place, { cutOver: settled })).rejects.toMatchObject({
      code: 'InvalidArgument',
    });
    await settled.release();
    const lease = await requireStages({ registry, allowed: ['target'], stage: 'target' });
    expect(await run(place, { cutOver: lease })).toMatchObject({ counts: { swept: 2 } });
    await lease.release();
  });

  it('ends when the lease is lost meanwhile', async () => {
    const place = await withTombstones();
    let lost = false;
    const cutOver = {
      stage: 'target' as const,
      check() {
        if (lost) throw new StorageError('Conflict', 'taken for gone', { retryable: false });
      },
    };
    const wait = async () => {
      lost = true;
    };
    await expect(run(place, { cutOver, wait })).rejects.toThrow('taken for gone');
    expect(await keysOf(place.target)).toHaveLength(4);
  });

  it('is refused where the server looks first and deletes then, with what to do instead', async () => {
    const place = await withTombstones();
    const capabilities = { ...place.target.capabilities, conditionalDelete: 'emulated' as const };
    const target = altered(place.target, { capabilities });
    await expect(run(place, { target })).rejects.toThrow(/lifecycle rule .*storage-tombstone=true/);
  });

  it('does nothing in a dry run but tell', async () => {
    const place = await withTombstones();
    const wait = async () => expect.unreachable();
    expect(await run(place, { dryRun: true, wait })).toMatchObject({ counts: { swept: 2 } });
    expect(await keysOf(place.target)).toHaveLength(4);
  });

  it('goes through many with a few at a time', async () => {
    const place = await migrated({});
    const target = new MemoryStorageProvider();
    const storage = { ...place, target };
    let underWay = 0;
    let most = 0;
    const busy = altered(target, {
      async delete(key, options) {
        most = Math.max(most, ++underWay);
        await target.delete(key, options);
        underWay--;
      },
    });
    for (let i = 0; i < 300; i++)
      await target.upload(`k${i}`, 'x'.repeat(TOMBSTONE_SIZE), {
        contentType: 'application/vnd.org.storage.tombstone',
      });
    const report = await run(storage, { target: busy, concurrency: 3 });
    expect(report).toMatchObject({ counts: { swept: 300 } });
    expect(most).toBeLessThanOrEqual(3);
  });
});
