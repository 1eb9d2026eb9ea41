import { StorageError } from '@org/storage-core';
import { describe, expect, it } from 'vitest';
import {
  type KeepVerifyingOptions,
  keepVerifying,
  type VerificationReport,
} from '../../src/index.js';
import { altered, quickly } from '../fixtures.js';
import { type Migrated, migrated } from '../retire/migrated.js';

/** Runs until so many rounds are over. */
async function rounds(place: Migrated, count: number, changes: Partial<KeepVerifyingOptions> = {}) {
  const { source, target, journal } = place;
  const stop = new AbortController();
  const reports: VerificationReport[] = [];
  const failures: StorageError[] = [];
  const waited: number[] = [];
  await keepVerifying({
    ...{ source, target, journal, live: true, full: true, retry: quickly },
    ...{ sample: { files: 2 }, every: 60_000, stop: stop.signal },
    onReport: (report) => void reports.push(report),
    onFailure: (error) => void failures.push(error),
    wait: async (milliseconds) => {
      waited.push(milliseconds);
      if (waited.length === count) stop.abort();
    },
    ...changes,
  });
  return { reports, failures, waited };
}

describe('verifying all the time', () => {
  it('looks at another sample every so often, until it is stopped', async () => {
    const place = await migrated({ a: '1', b: '2', c: '3', d: '4' });
    const { reports, waited } = await rounds(place, 3);
    expect(waited).toEqual([60_000, 60_000, 60_000]);
    expect(reports.map(({ outcome, readBack }) => [outcome, readBack])).toEqual(
      Array(3).fill(['verified', 2]),
    );
    expect(new Set(reports.map(({ seed }) => seed)).size).toBe(3);
  });

  it('reports what is wrong, and goes on', async () => {
    const place = await migrated({ a: '1' });
    await place.target.delete('a');
    const { reports } = await rounds(place, 2);
    expect(reports.map(({ outcome }) => outcome)).toEqual(['failed', 'failed']);
  });

  it('goes on after a verification that could not be made', async () => {
    const place = await migrated({ a: '1' });
    let calls = 0;
    const journal = altered(
      place.journal as never,
      {
        async page(...args: Parameters<Migrated['journal']['page']>) {
          if (++calls === 1) throw new StorageError('Unavailable', 'the database is away');
          return place.journal.page(...args);
        },
      } as never,
    ) as unknown as Migrated['journal'];
    const { reports, failures } = await rounds(place, 2, { journal });
    expect(failures.map(({ code }) => code)).toEqual(['Unavailable']);
    expect(reports).toHaveLength(1);
  });

  it('ends at once by its signal', async () => {
    const place = await migrated({ a: '1' });
    const signal = AbortSignal.abort();
    await rounds(place, 1, { signal });
    const abort = new AbortController();
    const ended = rounds(place, 9, { signal: abort.signal, onEvent: () => abort.abort() });
    await expect(ended).rejects.toMatchObject({ code: 'Aborted' });
  });
});
