import { join } from 'node:path';
import { eventChannel, MemoryStorageProvider, StorageError } from '@org/storage-core';
import { HybridStorageProvider, type Mode, spooled } from '@org/storage-hybrid';
import { LocalStorageProvider } from '@org/storage-local';
import { createBackgroundSync, migrate, openSqliteJournal, verify } from '@org/storage-migration';
import { withFaults } from '@org/storage-testkit/faults';
import { expect, it, onTestFinished } from 'vitest';
import { measured, temporaryDirectory } from '../fixtures.js';

async function journalOf(source: string) {
  const file = join(await temporaryDirectory(), 'journal.sqlite');
  const journal = await openSqliteJournal({ file, endpoints: { source, target: 'memory' } });
  onTestFinished(() => journal.close());
  return journal;
}

it('counts reads that the source answers, and tells stages and the cutover', async () => {
  const { scrape } = measured();
  const source = new MemoryStorageProvider({ name: 'source' });
  const target = new MemoryStorageProvider({ name: 'target' });
  await source.upload('a', 'content');
  let mode: Mode = 'hybrid';
  await using files = new HybridStorageProvider({
    ...{ source, target, mode: () => mode, handedOver: true, name: 'files' },
  });
  const reads = 'storage_fallback_reads_total{provider="files",reason="not-copied"}';
  await expect(files.stat('b')).rejects.toThrow();
  expect(await scrape()).toMatchObject({ [reads]: 0, storage_cut_over: 0 });
  await files.stat('a');
  expect(await scrape()).toMatchObject({
    [reads]: 1,
    'storage_hybrid_stage{provider="files",stage="settled"}': 1,
  });
  mode = 'target';
  while (files.stage !== 'target') await files.exists('a');
  await expect(files.stat('a')).rejects.toThrow();
  expect(await scrape()).toMatchObject({
    'storage_hybrid_stage{provider="files",stage="settled"}': 0,
    'storage_hybrid_stage{provider="files",stage="target"}': 1,
    storage_cut_over: 1,
  });
});

it('tells how much waits in a spool, and since when', async () => {
  const { scrape } = measured();
  const target = withFaults(new MemoryStorageProvider({ name: 'target' }));
  const store = new LocalStorageProvider({ root: await temporaryDirectory() });
  let pass = () => {};
  let passed = () => {};
  await using files = spooled(target, {
    ...{ store, maxBytes: 100, name: 'files' },
    schedule(run) {
      pass = run;
      passed();
      return () => {};
    },
  });
  const drain = () =>
    new Promise<void>((resolve) => {
      passed = resolve;
      pass();
    });
  target.faults.add({ type: 'error', code: 'Unavailable' });
  await files.upload('a', '12345');
  await expect(files.upload('b', Buffer.alloc(200))).rejects.toThrow();
  await drain();
  const waiting = await scrape();
  expect(waiting).toMatchObject({
    'storage_spool_entries{provider="files"}': 1,
    'storage_spool_size_bytes{provider="files"}': 5,
    'storage_spool_events_total{provider="files",event="spooled"}': 1,
    'storage_spool_events_total{provider="files",event="full"}': 1,
  });
  const age = waiting['storage_spool_oldest_age_seconds{provider="files"}'];
  expect(age).toBeGreaterThanOrEqual(0);
  expect(age).toBeLessThan(3600);
  target.faults.clear();
  await drain();
  expect(await scrape()).toMatchObject({
    'storage_spool_entries{provider="files"}': 0,
    'storage_spool_oldest_age_seconds{provider="files"}': 0,
    'storage_spool_events_total{provider="files",event="drained"}': 1,
  });
});

it('counts what a migration and a verification do', async () => {
  const { scrape } = measured();
  await using source = new LocalStorageProvider({ root: await temporaryDirectory() });
  await using target = new MemoryStorageProvider({ name: 'target' });
  for (const key of ['a', 'b', 'c']) await source.upload(key, key.repeat(10));
  await target.upload('c', 'other');
  const journal = await journalOf('source');
  const pending: unknown[] = [];
  await migrate({
    ...{ source, target, journal, concurrency: 1 },
    onEvent: ({ type }) => {
      if (type === 'file') pending.push(scrape().then((seen) => seen['storage_migration_pending']));
    },
  });
  expect((await Promise.all(pending)).at(-1)).toBe(0);
  await target.delete('b');
  await verify({ source, target, journal });
  expect(await scrape()).toMatchObject({
    'storage_migration_files_total{kind="migrate",result="copied"}': 2,
    'storage_migration_files_total{kind="migrate",result="conflict"}': 1,
    'storage_migration_files_total{kind="migrate",result="failed"}': 0,
    'storage_migration_files_total{kind="verify",result="ok"}': 1,
    'storage_migration_files_total{kind="verify",result="missing"}': 1,
    'storage_migration_runs_total{kind="migrate",outcome="incomplete"}': 1,
    'storage_migration_runs_total{kind="verify",outcome="incomplete"}': 1,
    'storage_migration_running{kind="migrate"}': 0,
    storage_migration_sent_bytes_total: 20,
    storage_migration_idle_seconds: 0,
  });
});

it('tells a run that was stopped, and rounds that fail in a row', async () => {
  const { scrape } = measured();
  const source = withFaults(new MemoryStorageProvider({ name: 'source' }));
  const target = new MemoryStorageProvider({ name: 'target' });
  const broken = source.faults.add({ type: 'error', code: 'Unavailable', operation: 'list' });
  const journal = await journalOf('source');
  let next = () => {};
  let rounds = () => {};
  const round = () =>
    new Promise<void>((resolve) => {
      rounds = resolve;
      next();
    });
  const first = round();
  await using sync = createBackgroundSync({
    ...{ source, target, journal, retry: { attempts: 1 } },
    wait: (_, signal) =>
      new Promise((resolve) => {
        next = resolve;
        signal?.addEventListener('abort', () => resolve());
        rounds();
      }),
  });
  await first;
  await round();
  expect(await scrape()).toMatchObject({
    storage_sync_failed_rounds: 2,
    'storage_sync_rounds_total{outcome="failure"}': 2,
    'storage_migration_runs_total{kind="migrate",outcome="stopped"}': 2,
  });
  broken.remove();
  await round();
  expect(await scrape()).toMatchObject({
    storage_sync_failed_rounds: 0,
    'storage_sync_rounds_total{outcome="success"}': 1,
  });
  expect(sync.status.failures).toBe(0);
});

it('a run that its journal fails has ended all the same', async () => {
  const { scrape } = measured();
  await using source = new MemoryStorageProvider({ name: 'source' });
  await using target = new MemoryStorageProvider({ name: 'target' });
  const journal = await journalOf('source');
  const failing = new Proxy(journal, {
    get(kept, name) {
      if (name === 'endRun') return () => Promise.reject(new Error('no room left'));
      const value: unknown = Reflect.get(kept, name);
      return typeof value === 'function' ? value.bind(kept) : value;
    },
  });
  await expect(migrate({ source, target, journal: failing })).rejects.toThrow('no room left');
  await expect(verify({ source, target, journal: failing })).rejects.toThrow('no room left');
  expect(await scrape()).toMatchObject({
    'storage_migration_running{kind="migrate"}': 0,
    'storage_migration_running{kind="verify"}': 0,
    'storage_migration_runs_total{kind="migrate",outcome="stopped"}': 1,
  });
});

it('tells why a run waits, and counts its attempts anew', async () => {
  const { scrape } = measured();
  const runs = eventChannel('org.storage.migration');
  const tell = (step: Parameters<typeof runs.publish>[0]['step']) =>
    runs.publish({ run: 'r', kind: 'migrate', step });
  tell({ type: 'started' });
  tell({ type: 'scanned', seen: { files: 2, bytes: 9 }, todo: { files: 1, bytes: 9 } });
  tell({ type: 'pace', waiting: 'window' });
  tell({ type: 'transfer', key: 'k', bytes: 4 });
  tell({ type: 'retry', key: 'k', error: new StorageError('Throttled', 'slow down') });
  tell({ type: 'transfer', key: 'k', bytes: 3 });
  expect(await scrape()).toMatchObject({
    'storage_migration_waiting{reason="window"}': 1,
    'storage_migration_waiting{reason="paused"}': 0,
    'storage_migration_retries_total{code="Throttled"}': 1,
    storage_migration_sent_bytes_total: 7,
    storage_migration_pending: 1,
    storage_migration_pending_size_bytes: 9,
    'storage_migration_running{kind="migrate"}': 1,
  });
  tell({ type: 'file', key: 'k', size: 9, state: 'copied' });
  tell({ type: 'ended', outcome: 'complete' });
  expect(await scrape()).toMatchObject({
    storage_migration_sent_bytes_total: 13,
    storage_migration_pending: 0,
    'storage_migration_running{kind="migrate"}': 0,
  });
});

it('watches disks, and leaves out one that is not there', async () => {
  const { scrape } = measured({ disks: { source: await temporaryDirectory(), gone: '/no/such' } });
  const values = await scrape();
  expect(values['storage_disk_size_bytes{disk="source"}']).toBeGreaterThan(0);
  expect(values['storage_disk_free_bytes{disk="source"}']).toBeGreaterThan(0);
  expect(values).not.toHaveProperty('storage_disk_size_bytes{disk="gone"}');
});
