import {
  MemoryStorageProvider,
  parseKey,
  StorageError,
  type StorageProvider,
} from '@org/storage-core';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  type MigrateTogetherOptions,
  type MigrationEvent,
  migrate,
  migrateTogether,
  openPostgresJournal,
} from '../../src/index.js';
import { altered, endpoints, memoryWith, quickly } from '../fixtures.js';
import { file, scan, states } from '../journal/store.js';
import { postgresServer, type TestDatabase } from '../postgres.js';

const postgres = postgresServer();

const LONG = { timeout: 60_000 };

const many = (count: number) =>
  Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`dir/${String(index).padStart(5, '0')}`, 'x']),
  );

/** A target, and how often each key was created in it. @param before Awaited before a key is written. */
function counting(before: (key: string) => Promise<void> = async () => {}) {
  const memory = new MemoryStorageProvider({ name: 'target' });
  const creates = new Map<string, number>();
  const target = altered(memory, {
    upload: async (key, body, options) => {
      await before(key);
      const stored = await memory.upload(key, body, options);
      if (key.startsWith('dir/')) creates.set(key, (creates.get(key) ?? 0) + 1);
      return stored;
    },
  });
  return { target, creates };
}

async function shared({ pool }: TestDatabase) {
  const journal = await openPostgresJournal({ client: pool(), endpoints, access: 'share' });
  onTestFinished(() => journal.close());
  return journal;
}

type Options = Partial<Omit<MigrateTogetherOptions, 'journal' | 'target'>>;

/** Participants of this process, by connections of their own. */
async function participants(files: number, target: StorageProvider) {
  const database = await postgres.database();
  const source = await memoryWith(many(files));
  return {
    database,
    source,
    join: async (options: Options = {}) =>
      migrateTogether({
        ...{ source, target, journal: await shared(database) },
        ...{ claimFiles: 10, retry: quickly, ...options },
      }),
  };
}

/** Lets those wait who ask, until it is opened. */
function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

describe('several that migrate together', () => {
  it('copy each of 2,000 files once, and tell the same', async () => {
    const { target, creates } = counting();
    const { join } = await participants(2_000, target);
    const counts = [0, 0, 0];
    const reports = await Promise.all(
      counts.map((_, at) =>
        join({
          claimFiles: 100,
          onEvent: ({ type }) => {
            if (type === 'file') counts[at] = (counts[at] ?? 0) + 1;
          },
        }),
      ),
    );
    expect(creates.size).toBe(2_000);
    expect([...new Set(creates.values())]).toEqual([1]);
    expect(counts.reduce((sum, count) => sum + count)).toBe(2_000);
    expect(Math.min(...counts)).toBeGreaterThan(0);
    expect(new Set(reports.map(({ runId }) => runId)).size).toBe(3);
    for (const { outcome, unresolved, files } of reports) {
      expect({ outcome, unresolved }).toEqual({ outcome: 'complete', unresolved: 0 });
      expect(files.copied.files).toBe(2_000);
    }
  });

  it('are joined at any time, by one that copies what nobody has begun', async () => {
    const { open, opened } = gate();
    const begun = gate();
    const { target, creates } = counting(async (key) => {
      if (key !== 'dir/00000') return;
      begun.open();
      await opened;
    });
    const { join } = await participants(40, target);
    const first = join({ concurrency: 1 });
    await begun.opened;
    const events: MigrationEvent[] = [];
    const late = join({ onEvent: (event) => void events.push(event) });
    await vi.waitFor(
      () => expect(events).toContainEqual({ type: 'waiting', reason: 'others-copy' }),
      LONG,
    );
    expect(creates.size).toBe(30); // of the first one's ten, it has one
    open();
    expect((await first).outcome).toBe('complete');
    expect((await late).outcome).toBe('complete');
    expect([...creates.values()].every((count) => count === 1)).toBe(true);
  });

  it('are left by one that is stopped, whose files the others take', async () => {
    const { open, opened } = gate();
    const begun = gate();
    const { target, creates } = counting(async (key) => {
      if (key !== 'dir/00003') return;
      begun.open();
      await opened;
    });
    const { join } = await participants(40, target);
    const stop = new AbortController();
    const one = join({ concurrency: 1, stop: stop.signal });
    await begun.opened;
    const events: MigrationEvent[] = [];
    const other = join({ onEvent: (event) => void events.push(event) });
    await vi.waitFor(() => expect(events.map(({ type }) => type)).toContain('waiting'), LONG);
    stop.abort();
    open();
    expect((await one).outcome).toBe('interrupted');
    expect((await other).outcome).toBe('complete');
    expect(creates.size).toBe(40);
    expect([...creates.values()].every((count) => count === 1)).toBe(true);
  });

  it('take another round when they are called again, with what is new and what has failed', async () => {
    let broken = true;
    const { target, creates } = counting(async (key) => {
      if (broken && key === 'dir/00007') throw new StorageError('AccessDenied', 'broken');
    });
    const { join, source } = await participants(20, target);
    const first = await Promise.all([join(), join()]);
    expect(first.map(({ outcome }) => outcome)).toEqual(['incomplete', 'incomplete']);
    broken = false;
    await source.upload('dir/new', 'x');
    const second = await Promise.all([join(), join()]);
    expect(second.map(({ outcome }) => outcome)).toEqual(['complete', 'complete']);
    expect(creates.size).toBe(21);
    expect([...creates.values()].every((count) => count === 1)).toBe(true);
  });

  it('begin a round anew where the last one was left behind, and its jobs are gone', async () => {
    const stop = new AbortController();
    const { target, creates } = counting(async (key) => {
      if (key === 'dir/00012') stop.abort();
    });
    const { join, database } = await participants(40, target);
    expect((await join({ concurrency: 1, stop: stop.signal })).outcome).toBe('interrupted');
    expect(creates.size).toBeLessThan(40);
    const other = await join({ select: { include: ['dir/0000*'] } }); // nobody minds other terms
    expect(other.outcome).toBe('complete');
    expect((await join()).outcome).toBe('complete');
    expect([...creates.values()].every((count) => count === 1)).toBe(true);
    const { rows } = await database
      .pool()
      .query(
        "SELECT DISTINCT state::text FROM storage_migration___jobs.job WHERE state <> 'completed'",
      );
    expect(rows).toEqual([]);
    const claims = await database.pool().query('SELECT * FROM storage_migration.claims');
    expect(claims.rows).toEqual([]);
  });

  it('refuse one with another selection, an order that can’t be kept, and what is for one process', async () => {
    const { open, opened } = gate();
    const begun = gate();
    const { target } = counting(async (key) => {
      if (!key.startsWith('dir/')) return;
      begun.open();
      await opened;
    });
    const { join } = await participants(20, target);
    const first = join({ select: { minSize: 1 } });
    await begun.opened;
    await expect(join()).rejects.toMatchObject({ code: 'Conflict', message: /other options/ });
    await expect(join({ select: { minSize: 1 }, live: true })).rejects.toThrow('other options');
    const same = join({ select: { minSize: 1 } });
    open();
    expect((await first).outcome).toBe('complete');
    expect((await same).outcome).toBe('complete');
    await expect(join({ order: 'newest' })).rejects.toMatchObject({
      code: 'InvalidArgument',
      message: /order "newest"/,
    });
    await expect(join({ missing: true })).rejects.toMatchObject({
      code: 'InvalidArgument',
      message: /missing from the target is copied again by one process/,
    });
  });

  it('can be stopped, and aborted, while they wait for the one that lists the source', async () => {
    const { open, opened } = gate();
    const listing = gate();
    const { target } = counting();
    const { join, source } = await participants(20, target);
    const slow = altered(source, {
      async *list(options) {
        listing.open();
        await opened;
        yield* source.list(options);
      },
    });
    const leader = join({ source: slow });
    await listing.opened;
    const [stop, abort] = [new AbortController(), new AbortController()];
    const waiting = (controller: AbortController): Options => ({
      onEvent: ({ type }) => type === 'waiting' && controller.abort(),
    });
    const stopped = join({ ...waiting(stop), stop: stop.signal });
    expect((await stopped).outcome).toBe('interrupted');
    const aborted = join({ ...waiting(abort), signal: abort.signal });
    await expect(aborted).rejects.toMatchObject({ code: 'Aborted' });
    open();
    expect((await leader).outcome).toBe('complete');
  });

  it('end with an error when the database is gone, and go on when they are called again', async () => {
    const begun = gate();
    const { open, opened } = gate();
    const { target, creates } = counting(async (key) => {
      if (key !== 'dir/00003') return;
      begun.open();
      await opened;
    });
    const { join, database } = await participants(20, target);
    const broken = expect(join()).rejects.toMatchObject({ code: 'Unavailable' });
    await begun.opened;
    await database.pool().query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    );
    open();
    await broken;
    expect((await join()).outcome).toBe('complete');
    expect([...creates.values()].every((count) => count === 1)).toBe(true);
  });
});

describe('a journal that is shared', () => {
  const work = ({ pool }: TestDatabase) => openPostgresJournal({ client: pool(), endpoints });

  it('is for no one alone, nor the other way round', async () => {
    const database = await postgres.database();
    const [one, two] = await Promise.all([shared(database), shared(database)]);
    await expect(work(database)).rejects.toMatchObject({
      code: 'Conflict',
      message: /migrating together/,
    });
    await one.close();
    await expect(work(database)).rejects.toMatchObject({ code: 'Conflict' });
    await two.close();
    const alone = await work(database);
    await expect(shared(database)).rejects.toMatchObject({
      code: 'Conflict',
      message: /another process is working/,
    });
    await alone.close();
    await (await shared(database)).close();
  });

  it('has an identity that is the same for all, and another than any other', async () => {
    const [first, second] = [await postgres.database(), await postgres.database()];
    const groups = await Promise.all([shared(first), shared(first), shared(second)]);
    const [one, two, other] = groups.map(({ group }) => group);
    expect(one).toBe(two);
    expect(one).not.toBe(other);
  });

  it('is refused by a migration that would work alone', async () => {
    const journal = await shared(await postgres.database());
    const [source, target] = [await memoryWith({}), await memoryWith({}, 'target')];
    await expect(migrate({ source, target, journal })).rejects.toMatchObject({
      code: 'InvalidArgument',
      message: /migrateTogether/,
    });
  });

  const range = '00000000-0000-4000-8000-000000000001';

  /** A journal with pending files, and a claim on their range whose token is 2. */
  async function claimed(...names: readonly string[]) {
    const database = await postgres.database();
    const journal = await shared(database);
    await scan(journal, ...names.map((name) => file(name)));
    await database
      .pool()
      .query('INSERT INTO storage_migration.claims VALUES ($1, 2, 7, now())', [range]);
    return { database, journal };
  }

  const result = { state: 'copied', attempts: 1 } as const;

  it('takes nothing by a claim that was taken over, and what comes with it all the same', async () => {
    const { journal } = await claimed('a', 'b', 'c');
    const late = { range, token: 1, lost: false };
    const held = { range, token: 2, lost: false };
    const outcomes = await Promise.allSettled([
      journal.fenced(late).recordResult(parseKey('a'), result),
      journal.fenced(held).recordResult(parseKey('b'), result),
      journal.recordResult(parseKey('c'), result),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
    expect(outcomes[0]).toMatchObject({ reason: { code: 'Conflict', retryable: false } });
    expect([late.lost, held.lost]).toEqual([true, false]);
    expect(await states(journal)).toEqual({ a: 'pending', b: 'copied', c: 'copied' });
  });

  it('takes nothing by a claim that is just being taken over', async () => {
    const { database, journal } = await claimed('a');
    const pool = database.pool();
    const other = await pool.connect();
    onTestFinished(() => other.release());
    await other.query('BEGIN');
    await other.query('UPDATE storage_migration.claims SET token = 3');
    const held = { range, token: 2, lost: false };
    const write = Promise.allSettled([journal.fenced(held).recordResult(parseKey('a'), result)]);
    await vi.waitFor(async () => {
      const { rows } = await pool.query(
        "SELECT FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'",
      );
      expect(rows).toHaveLength(1);
    }, LONG);
    await other.query('COMMIT');
    expect(await write).toMatchObject([{ status: 'rejected', reason: { code: 'Conflict' } }]);
    expect(await states(journal)).toEqual({ a: 'pending' });
  });

  it('does not keep others waiting where it is suspended within a transaction', async () => {
    const journal = await shared(await postgres.database());
    const { rows } = await journal.onConnection((connection) =>
      connection.query("SELECT current_setting('idle_in_transaction_session_timeout') AS timeout"),
    );
    expect(rows).toEqual([{ timeout: '30s' }]);
  });

  it('needs the right to make a schema for the queue, and says so', async () => {
    const database = await postgres.database();
    const user = `u_${Math.random().toString(36).slice(2)}`;
    await database.pool().query(`
      CREATE ROLE ${user} LOGIN PASSWORD 'p'; CREATE SCHEMA mine AUTHORIZATION ${user}`);
    const url = new URL(database.url);
    url.username = user;
    url.password = 'p';
    const client = database.pool({ connectionString: url.href });
    const journal = await openPostgresJournal({
      client,
      endpoints,
      schema: 'mine',
      access: 'share',
    });
    onTestFinished(() => journal.close());
    const [source, target] = [await memoryWith({}), await memoryWith({}, 'target')];
    await expect(migrateTogether({ source, target, journal })).rejects.toMatchObject({
      code: 'AccessDenied',
      message: /may not make the schema mine___jobs.*GRANT CREATE ON DATABASE/s,
    });
  });
});
