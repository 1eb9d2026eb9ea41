import { parseKey } from '@org/storage-core';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Journal, RESOLVED, type SampleOptions, verify } from '../../src/index.js';
import { drawSample } from '../../src/verify/sample.js';
import { quickly, temporaryJournal } from '../fixtures.js';
import { type Migrated, migrated } from '../retire/migrated.js';

const KEYS = Array.from({ length: 200 }, (_, i) => `files/${i}`);

/** A journal of files that were all copied. */
async function journalOf(keys: readonly string[]): Promise<Journal> {
  const journal = await temporaryJournal();
  const lastModified = new Date();
  await journal.recordSeen(
    keys.map((key) => ({
      ...{ type: 'file' as const, key: parseKey(key), size: 1, lastModified },
      etag: 'x' as never,
    })),
  );
  await Promise.all(
    keys.map((key) => journal.recordResult(parseKey(key), { state: 'copied', attempts: 1 })),
  );
  return journal;
}

async function chosen(journal: Journal, options: SampleOptions): Promise<string[]> {
  const sample = await drawSample(journal, RESOLVED, options);
  return KEYS.filter((key) => sample.has(key));
}

describe('a sample', () => {
  it('has exactly as many files as were asked for, or all; the same for the same seed', async () => {
    const journal = await journalOf(KEYS);
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 0, max: 2 ** 32 - 1 }),
        async (files, seed) => {
          const keys = await chosen(journal, { files, seed });
          expect(keys).toHaveLength(Math.min(files, KEYS.length));
          expect(await chosen(journal, { files, seed })).toEqual(keys);
          // The order of all files is fixed by the seed: a smaller sample is part of a larger one.
          const fewer = await chosen(journal, { files: Math.ceil(files / 2), seed });
          expect(keys).toEqual(expect.arrayContaining(fewer));
        },
      ),
      { numRuns: 20 },
    );
  });

  it('has a share of the files, about, and others for another seed', async () => {
    const journal = await journalOf(KEYS);
    const [one, other] = [
      await chosen(journal, { share: 0.5, seed: 1 }),
      await chosen(journal, { share: 0.5, seed: 2 }),
    ];
    for (const { length } of [one, other]) {
      expect(length).toBeGreaterThan(60);
      expect(length).toBeLessThan(140);
    }
    expect(one).not.toEqual(other);
    expect(await chosen(journal, { share: 1 })).toEqual(KEYS);
  });

  it('is refused where it is none', async () => {
    const journal = await journalOf([]);
    for (const options of [{ files: 0 }, { files: 1.5 }, { share: 0 }, { share: 1.1 }])
      await expect(drawSample(journal, RESOLVED, options)).rejects.toMatchObject({
        code: 'InvalidArgument',
      });
    expect(await chosen(journal, { files: 3 })).toEqual([]);
  });
});

describe('the verification of a sample', () => {
  const run = ({ source, target, journal }: Migrated, sample: SampleOptions) =>
    verify({ source, target, journal, sample, full: true, live: true, retry: quickly });

  it('looks at these files only, and tells the seed', async () => {
    const place = await migrated(Object.fromEntries(KEYS.slice(0, 20).map((key) => [key, 'x'])));
    const report = await run(place, { files: 5 });
    expect(report).toMatchObject({ outcome: 'verified', readBack: 5, examined: { files: 5 } });
    expect(report.seed).toEqual(expect.any(Number));
    expect(await place.journal.unverified('content')).toBe(15);
  });

  it('goes by what it finds, not by what is still to do', async () => {
    const place = await migrated({ a: '1', b: '2' });
    await place.journal.recordResult(parseKey('b'), { state: 'failed', attempts: 1 });
    expect(await run(place, { share: 1 })).toMatchObject({ outcome: 'verified', unresolved: 1 });
    await place.target.delete('a');
    expect(await run(place, { share: 1 })).toMatchObject({ outcome: 'failed' });
  });
});
