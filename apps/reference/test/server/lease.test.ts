import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '@org/storage-testkit/postgres';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Database, openDatabase } from '../../src/server/database/database.js';
import { migrateSchema } from '../../src/server/database/migrations.js';
import { withLease } from '../../src/server/jobs/lease.js';

const PATIENCE = { timeout: 30_000 };

const NAME = 'orphans';
const MINUTE = 60_000;

const kinds = [
  [
    'sqlite',
    async () => {
      const directory = await mkdtemp(join(tmpdir(), 'reference-lease-'));
      const remove = () => rm(directory, { recursive: true, force: true });
      return { url: `sqlite:${join(directory, 'app.sqlite')}`, remove };
    },
  ],
  [
    'postgres',
    async () => {
      const { url, stop } = await startPostgres();
      return { url, remove: stop };
    },
  ],
] as const;

describe.each(kinds)('the lease of a job in %s, for two processes', (_, create) => {
  let place: { readonly url: string; readonly remove: () => Promise<void> };
  let [one, other] = [] as unknown as [Database, Database];

  beforeAll(async () => {
    place = await create();
    [one, other] = [openDatabase(place.url), openDatabase(place.url)];
    await migrateSchema(one);
  });
  afterAll(async () => {
    await Promise.all([one.close(), other.close()]);
    await place.remove();
  });

  beforeEach(async () => {
    await one.db.deleteFrom('jobs').execute();
    vi.useFakeTimers({ toFake: ['Date', 'setInterval', 'clearInterval'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const take = () => withLease(other.db, NAME, async () => 'ran');
  const holder = async () => {
    const row = await one.db.selectFrom('jobs').selectAll().executeTakeFirst();
    return row?.holder ?? null;
  };
  /** Both clocks go on, and what is due at the intervals is done. */
  const pass = async (ms: number) => {
    const before = await one.db.selectFrom('jobs').select('held_until').executeTakeFirst();
    vi.advanceTimersByTime(ms);
    return before?.held_until;
  };

  it('is had by one of those who ask at once', async () => {
    let ran = 0;
    const run = async () => {
      ran += 1;
      await vi.waitFor(() => expect(answered).toBe(1), PATIENCE); // the other has been told by then
    };
    let answered = 0;
    const asked = [one, other].map(({ db }) =>
      withLease(db, NAME, run).then((outcome) => {
        answered += 1;
        return outcome;
      }),
    );
    const outcomes = await Promise.all(asked);
    expect(outcomes.filter((outcome) => outcome !== undefined)).toHaveLength(1);
    expect(ran).toBe(1);
  });

  it('is free again when the job has ended, or failed', async () => {
    expect(await withLease(one.db, NAME, async () => 'ran')).toEqual({ result: 'ran' });
    expect(await take()).toEqual({ result: 'ran' });
    const failing = withLease(one.db, NAME, () => Promise.reject(new Error('broken')));
    await expect(failing).rejects.toThrow('broken');
    expect(await take()).toEqual({ result: 'ran' });
  });

  it('is kept for longer than its minute by a process that lives', async () => {
    await withLease(one.db, NAME, async (lost) => {
      for (let quarter = 0; quarter < 6; quarter++) {
        const before = await pass(MINUTE / 4);
        await vi.waitFor(async () => {
          const row = await one.db.selectFrom('jobs').select('held_until').executeTakeFirst();
          expect(row?.held_until).not.toBe(before);
        }, PATIENCE);
      }
      expect(await take()).toBeUndefined();
      expect(lost.aborted).toBe(false);
    });
  });

  it('is lost by a process that was suspended: that learns of it, and takes nothing from who has it now', async () => {
    await withLease(one.db, NAME, async (lost) => {
      vi.setSystemTime(Date.now() + MINUTE + 1); // no interval has run meanwhile
      const now = withLease(other.db, NAME, async () => {
        const successor = await holder();
        vi.advanceTimersByTime(MINUTE / 4);
        await vi.waitFor(() => expect(lost.aborted).toBe(true), PATIENCE);
        return successor;
      });
      expect((await now)?.result).toEqual(expect.any(String));
      await other.db.updateTable('jobs').set({ holder: 'third' }).execute();
    });
    expect(await holder()).toBe('third');
  });
});
