import { StorageError } from '@org/storage-core';
import type { Stage } from '@org/storage-hybrid';
import { expect, it } from 'vitest';
import { restoreFiles, retireFiles, revertRun, sweepTombstones } from '../../src/index.js';
import { altered, keysOf, quickly } from '../fixtures.js';
import { archived, migrated } from './migrated.js';

/** A lease that is lost when something is tried for the first time, which fails and may be tried again. */
function leaseThatIsLost(stage: Stage) {
  let lost = false;
  return {
    lease: {
      stage,
      check() {
        if (lost) throw new StorageError('Conflict', 'taken for gone', { retryable: false });
      },
    },
    /** Loses it the first time. */
    atFirst<Given extends unknown[], T>(call: (...given: Given) => Promise<T>) {
      return async (...given: Given): Promise<T> => {
        if (lost) return call(...given);
        lost = true;
        throw new StorageError('Unavailable', 'for a moment');
      };
    },
  };
}

const one = { retry: quickly, concurrency: 1 };

it('puts no file aside after a pause in which the lease was lost', async () => {
  const place = await migrated({ a: '1' });
  const { lease, atFirst } = leaseThatIsLost('settled');
  const { source, target, journal } = place;
  const slow = altered(source, { stat: atFirst(source.stat.bind(source)) });
  const stores = { source: slow, target, journal, archive: source.trash };
  const report = await retireFiles({ ...stores, live: lease, ...one });
  expect(report).toMatchObject({ outcome: 'incomplete', counts: { failed: 1 } });
  expect(await keysOf(source)).toEqual(['a']);
  expect(await archived(place)).toEqual([]);
});

it('restores no file after a pause in which the lease was lost', async () => {
  const { source, target, journal } = await migrated({ a: '1' });
  const archive = source.trash;
  await retireFiles({ source, target, journal, archive, live: true });
  const { lease, atFirst } = leaseThatIsLost('settled');
  const slow = altered(source, { stat: atFirst(source.stat.bind(source)) });
  const stores = { source: slow, target, journal, archive };
  const report = await restoreFiles({ ...stores, live: lease, ...one });
  expect(report).toMatchObject({ outcome: 'incomplete', counts: { failed: 1 } });
  expect(await keysOf(source)).toEqual([]);
});

it('gives no file back for a reversion after a pause in which the lease was lost', async () => {
  const { source, target, journal, run } = await migrated({ a: '1' });
  const archive = source.trash;
  await retireFiles({ source, target, journal, archive, live: true });
  const { lease, atFirst } = leaseThatIsLost('source');
  const slow = altered(source, { stat: atFirst(source.stat.bind(source)) });
  const stores = { source: slow, target, journal, archive, run, wait: async () => {} };
  await expect(revertRun({ ...stores, handedBack: lease, ...one })).rejects.toThrow(
    'taken for gone',
  );
  expect(await keysOf(source)).toEqual([]);
  expect(await keysOf(target)).toEqual(['a']);
});

it('deletes no copy after a pause in which the lease was lost', async () => {
  const { source, target, journal, run } = await migrated({ a: '1' });
  const { lease, atFirst } = leaseThatIsLost('source');
  const slow = altered(source, { exists: atFirst(source.exists.bind(source)) });
  const stores = { source: slow, target, journal, run, wait: async () => {} };
  const report = await revertRun({ ...stores, handedBack: lease, ...one });
  expect(report).toMatchObject({ outcome: 'incomplete', counts: { failed: 1 } });
  expect(await keysOf(target)).toEqual(['a']);
});

it('sweeps no tombstone after a pause in which the lease was lost', async () => {
  const { target, journal, storage } = await migrated({});
  await storage.delete('a');
  const { lease, atFirst } = leaseThatIsLost('target');
  const slow = altered(target, { stat: atFirst(target.stat.bind(target)) });
  const report = await sweepTombstones({ target: slow, journal, cutOver: lease, drain: 0, ...one });
  expect(report).toMatchObject({ outcome: 'incomplete', counts: { failed: 1 } });
  expect(await keysOf(target)).toEqual(['a']);
});
