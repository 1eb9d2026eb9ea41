import { expect, it, onTestFinished, vi } from 'vitest';
import {
  HEALTH_PREFIX,
  HealthCheck,
  type HealthCheckOptions,
  type HealthEvent,
  isHealthKey,
  MemoryStorageProvider,
  onStorageEvent,
  StorageError,
} from '../src/index.js';

/** A check of a store in memory with a clock that stands still, and what it did to the store. */
function checked(options: HealthCheckOptions = {}, storage = new MemoryStorageProvider()) {
  const clock = { time: 0 };
  const check = new HealthCheck(storage, { now: () => clock.time, ...options });
  const calls: string[] = [];
  for (const name of ['upload', 'download', 'delete', 'list', 'checkHealth'] as const) {
    const real = storage[name].bind(storage) as (...args: unknown[]) => unknown;
    vi.spyOn(storage, name).mockImplementation(((...args: unknown[]) => {
      calls.push(name);
      return real(...args);
    }) as never);
  }
  onTestFinished(async () => {
    await check.close();
    await storage.close();
  });
  return { storage, check, calls, clock };
}

async function left(storage: MemoryStorageProvider): Promise<string[]> {
  const keys: string[] = [];
  for await (const entry of storage.list({ prefix: HEALTH_PREFIX }))
    keys.push(entry.type === 'file' ? entry.key : entry.prefix);
  return keys;
}

const hang = () => new Promise<never>(() => {});

it('a file is created where there is none, read back, and deleted as that version', async () => {
  const { storage, check } = checked();
  expect(await check.check()).toEqual({ healthy: true, latency: expect.any(Number) });
  const [key, , upload] = vi.mocked(storage.upload).mock.calls[0] ?? [];
  expect(isHealthKey(key ?? '')).toBe(true);
  expect(upload).toMatchObject({ condition: { type: 'absent' } });
  expect(vi.mocked(storage.delete).mock.calls[0]).toMatchObject([
    key,
    { condition: { type: 'match' } },
  ]);
  expect(await left(storage)).toEqual([]);
});

it('however many ask, the store is asked once, and is believed for a while', async () => {
  const { check, calls, clock } = checked({ every: 5_000, writeEvery: 60_000 });
  const reports = await Promise.all(Array.from({ length: 100 }, () => check.check()));
  expect(new Set(reports).size).toBe(1);
  clock.time = 4_999;
  await check.check();
  await expect.poll(() => calls).toContain('list'); // what killed checks have left, once an hour
  expect(calls).toEqual(['checkHealth', 'upload', 'download', 'delete', 'list']);
});

it('reads each time, and writes more seldom', async () => {
  const { check, calls, clock } = checked({ every: 5_000, writeEvery: 60_000 });
  for (; clock.time < 120_000; clock.time += 5_000) await check.check();
  const count = (name: string) => calls.filter((call) => call === name).length;
  expect([count('checkHealth'), count('upload'), count('delete')]).toEqual([24, 2, 2]);
});

it('a store that is only read from is not written to', async () => {
  const { check, calls } = checked({ writes: () => false });
  expect(await check.check()).toMatchObject({ healthy: true });
  expect(calls).toEqual(['checkHealth']);
});

it('one that is away is not tried, and its own report is handed on', async () => {
  const { storage, check, calls } = checked();
  const error = new StorageError('Unavailable', 'gone');
  vi.mocked(storage.checkHealth).mockResolvedValue({ healthy: false, latency: 1, error });
  expect(await check.check()).toEqual({ healthy: false, latency: 1, error });
  expect(calls).toEqual([]);
});

it.each(['upload', 'download', 'delete'] as const)(
  'a store that answers, but fails at %s, is unhealthy, until it does not; nothing stays',
  async (name) => {
    const { storage, check, clock } = checked({ every: 1_000, writeEvery: 60_000 });
    const told: HealthEvent[] = [];
    onTestFinished(onStorageEvent('org.storage.health', (event) => void told.push(event)));
    vi.mocked(storage[name]).mockRejectedValueOnce(new StorageError('AccessDenied', 'no'));
    expect(await check.check()).toMatchObject({ healthy: false, error: { code: 'AccessDenied' } });
    clock.time += 1_000;
    expect(await check.check()).toMatchObject({ healthy: true });
    expect(told).toMatchObject([
      { provider: 'memory', healthy: false, error: { code: 'AccessDenied' } },
      { provider: 'memory', healthy: true },
    ]);
    await check.close();
    expect(await left(storage)).toEqual([]);
  },
);

it('one that failed at writing stays unhealthy while it can only be read', async () => {
  const { storage, check, clock } = checked({ every: 1_000, writeEvery: 60_000 });
  vi.mocked(storage.upload).mockRejectedValue(new StorageError('QuotaExceeded', 'full'));
  for (let i = 0; i < 3; i++, clock.time += 1_000)
    expect(await check.check()).toMatchObject({ healthy: false, error: { code: 'QuotaExceeded' } });
});

it('a store that gives back something else than was written is unhealthy', async () => {
  const { storage, check } = checked();
  await storage.upload('other', 'other');
  const other = await storage.download('other');
  vi.mocked(storage.download).mockResolvedValueOnce(other);
  expect(await check.check()).toMatchObject({
    healthy: false,
    error: { code: 'ChecksumMismatch', message: expect.stringContaining('had written') },
  });
});

it.each(['checkHealth', 'upload', 'download', 'delete'] as const)(
  'a store that hangs at %s and heeds no signal is answered for in time, and asked nothing more meanwhile',
  async (name) => {
    const { storage, check, calls } = checked({ every: 0, timeout: 30 });
    vi.mocked(storage[name]).mockImplementation(hang);
    const late = { healthy: false, error: { code: 'Timeout', provider: 'memory' } };
    expect(await check.check()).toMatchObject(late);
    const begun = calls.filter((call) => call !== 'delete').length;
    expect(await check.check()).toMatchObject(late);
    expect(await check.check()).toMatchObject(late);
    expect(calls.filter((call) => call !== 'delete')).toHaveLength(begun);
  },
);

it('many checks of one store do not disturb each other', async () => {
  const storage = new MemoryStorageProvider();
  const checks = Array.from({ length: 20 }, () => new HealthCheck(storage));
  const reports = await Promise.all(checks.map((check) => check.check()));
  expect(reports.every(({ healthy }) => healthy)).toBe(true);
  await Promise.all(checks.map((check) => check.close()));
  expect(await left(storage)).toEqual([]);
});

it('what killed checks have left goes after an hour, by the store’s clock, and nothing else does', async () => {
  const { storage, check } = checked();
  const uuid = '00000000-0000-4000-8000-00000000000';
  const hour = 60 * 60_000;
  onTestFinished(() => void vi.useRealTimers());
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - hour - 1_000 });
  for (const key of [`${HEALTH_PREFIX}${uuid}1`, `${HEALTH_PREFIX}notes`, '.storage/other'])
    await storage.upload(key, 'x');
  vi.setSystemTime(Date.now() + 10_000);
  await storage.upload(`${HEALTH_PREFIX}${uuid}2`, 'x');
  vi.useRealTimers();
  await check.check();
  await check.close();
  expect(await left(storage)).toEqual([`${HEALTH_PREFIX}${uuid}2`, `${HEALTH_PREFIX}notes`]);
  expect(await storage.exists('.storage/other')).toBe(true);
});

it('what it writes is in no listing, but in those that ask for it', async () => {
  const storage = new MemoryStorageProvider();
  await storage.upload(`${HEALTH_PREFIX}00000000-0000-4000-8000-000000000001`, 'x');
  await storage.upload('a', 'x');
  const listed = [];
  for await (const entry of storage.list()) listed.push(entry);
  expect(listed).toMatchObject([{ key: 'a' }]);
  expect(await left(storage)).toHaveLength(1);
});

it('closing ends what is under way, and is told as an unhealthy store', async () => {
  const { storage, check } = checked();
  vi.mocked(storage.checkHealth).mockImplementation(hang);
  const asked = check.check();
  await check.close();
  expect(await asked).toMatchObject({ healthy: false, error: { code: 'Unavailable' } });
});

it('refuses times that are none', () => {
  const storage = new MemoryStorageProvider();
  for (const options of [{ every: -1 }, { writeEvery: Number.NaN }, { timeout: -5 }])
    expect(() => new HealthCheck(storage, options)).toThrow(/milliseconds/);
});
