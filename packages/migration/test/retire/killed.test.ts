import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { restoreFiles, retireFiles, revertRun, sweepTombstones } from '../../src/index.js';
import { keysOf, quickly } from '../fixtures.js';
import { archived, contentIn, type Migrated, migrated, recordOf } from './migrated.js';
import { Killed, Mortal } from './mortal.js';

const FILES = { a: '1', 'b/c': '22' };

/** One run of something, with what it works on as its process sees that. */
type Work = (place: Migrated, see: <T extends object>(object: T) => T) => Promise<unknown>;

const manifestOf = ({ root }: Migrated) => join(root, '..', 'manifest.jsonl');

const retiring: Work = (place, see) =>
  retireFiles({
    ...{ source: see(place.source), target: see(place.target), journal: see(place.journal) },
    archive: see(place.source.trash),
    ...{ manifest: manifestOf(place), live: true, concurrency: 1, retry: quickly },
  });

const restoring: Work = (place, see) =>
  restoreFiles({
    ...{ source: see(place.source), target: see(place.target), journal: see(place.journal) },
    ...{ archive: see(place.source.trash), live: true, concurrency: 1, retry: quickly },
  });

const reverting: Work = (place, see) =>
  revertRun({
    ...{ source: see(place.source), target: see(place.target), journal: see(place.journal) },
    ...{ archive: see(place.source.trash), run: place.run, handedBack: true },
    ...{ wait: async () => {}, concurrency: 1, retry: quickly },
  });

const sweeping: Work = (place, see) =>
  sweepTombstones({
    ...{ source: see(place.source), target: see(place.target), journal: see(place.journal) },
    ...{ cutOver: true, drain: 0, concurrency: 1, retry: quickly },
  });

/** Every file is in one of the two stores, whole. */
async function expectNothingLost({ source, target }: Migrated): Promise<void> {
  for (const [key, content] of Object.entries(FILES)) {
    const found = (await contentIn(target, key)) ?? (await contentIn(source, key));
    expect(found, key).toBe(content);
  }
}

/** Where everything is at last: the same, however often it was killed. */
async function endOf(place: Migrated) {
  const records = await Promise.all(Object.keys(FILES).map((key) => recordOf(place, key)));
  const entries = await archived(place);
  return {
    source: await keysOf(place.source),
    target: await keysOf(place.target),
    archive: entries.map(({ file }) => file.key).sort(),
    journal: records.map((record) => ({
      state: record?.state,
      retirement: record?.retirement,
      archived: entries.find(({ id }) => id === record?.archived)?.file.key,
    })),
  };
}

/**
 * Kills the work at each of its steps, before and after the step was made; each time with new files.
 * @param prepare What was done before.
 */
async function killAtEachStep(
  work: Work,
  prepare: (place: Migrated) => Promise<unknown>,
  check: (place: Migrated) => Promise<void> = expectNothingLost,
): Promise<void> {
  const never = await migrated(FILES);
  await prepare(never);
  await work(never, (object) => object);
  const expected = await endOf(never);
  let kills = 0;
  for (const made of [false, true]) {
    for (let at = 1, killed = true; killed; at++) {
      const place = await migrated(FILES);
      await prepare(place);
      const mortal = new Mortal(at, made);
      const run = work(place, (object) => mortal.sees(object));
      await run.catch((error: unknown) => {
        if (!(error instanceof Killed)) throw error;
      });
      killed = mortal.killed;
      await check(place);
      await work(place, (object) => object);
      await check(place);
      expect(await endOf(place), `killed ${made ? 'after' : 'before'} step ${at}`).toEqual(
        expected,
      );
      if (killed) kills++;
    }
  }
  expect(kills).toBeGreaterThan(10);
}

describe('a kill at any step, and the same command again', () => {
  it('retires each file once, and knows where it is', { timeout: 180_000 }, async () => {
    await killAtEachStep(
      retiring,
      async () => {},
      async (place) => {
        await expectNothingLost(place);
        const written = await readFile(manifestOf(place), 'utf8').catch(() => '');
        const ids = written
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => JSON.parse(line).id);
        for (const key of Object.keys(FILES)) {
          const id = (await recordOf(place, key))?.archived;
          if (id !== undefined) expect(ids).toContain(id);
        }
      },
    );
  });

  it('restores each file', { timeout: 180_000 }, () =>
    killAtEachStep(restoring, (place) => retiring(place, (object) => object)),
  );

  it('restores nothing beneath what was deleted', { timeout: 180_000 }, () =>
    killAtEachStep(
      restoring,
      async (place) => {
        await retiring(place, (object) => object);
        await place.storage.delete('a');
      },
      async (place) => expect(await place.storage.exists('a')).toBe(false),
    ),
  );

  it('takes each copy back', { timeout: 180_000 }, () =>
    killAtEachStep(reverting, (place) => retiring(place, (object) => object)),
  );

  it('sweeps each tombstone', { timeout: 180_000 }, () =>
    killAtEachStep(
      sweeping,
      async (place) => {
        await retiring(place, (object) => object);
        await place.storage.delete('a');
      },
      async (place) => expect(await contentIn(place.storage, 'b/c')).toBe('22'),
    ),
  );
});
