import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:net';
import { StorageError } from '@org/storage-core';
import { expect, it } from 'vitest';
import {
  type BackgroundSyncOptions,
  createBackgroundSync,
  startHealthServer,
} from '../../src/index.js';
import { altered, contentOf, keysOf, memoryWith, quickly, temporaryJournal } from '../fixtures.js';

/** Waits that end when the test says so. */
function turns() {
  const waited: number[] = [];
  let go: (() => void) | undefined;
  let reached: (() => void) | undefined;
  return {
    waited,
    wait: (milliseconds: number, signal: AbortSignal | undefined) =>
      new Promise<void>((resolve) => {
        waited.push(milliseconds);
        go = resolve;
        signal?.addEventListener('abort', () => resolve());
        reached?.();
      }),
    /** Until the round that is under way has come to its end. */
    async round(): Promise<void> {
      if (go !== undefined) return;
      await new Promise<void>((resolve) => {
        reached = resolve;
      });
    },
    next(): void {
      const resume = go;
      go = undefined;
      resume?.();
    },
  };
}

async function started(options: Partial<BackgroundSyncOptions> = {}) {
  const source = await memoryWith({ a: '1', b: '2' });
  const target = await memoryWith({}, 'target');
  const journal = await temporaryJournal();
  const clock = turns();
  const make = (others: Partial<BackgroundSyncOptions> = {}) =>
    createBackgroundSync({
      ...{ source, target, journal, retry: quickly, wait: clock.wait },
      ...options,
      ...others,
    });
  return { source, target, journal, clock, make };
}

it('copies what is there, and what comes later in the next round', async () => {
  const { source, target, clock, make } = await started();
  const sync = make({ every: 60_000 });
  await clock.round();
  expect(await keysOf(target)).toEqual(['a', 'b']);
  expect(sync.status).toEqual({
    ...{ state: 'waiting', healthy: true, rounds: 1, failures: 0 },
    ...{ outcome: 'complete', unresolved: 0 },
  });
  await source.upload('c', '3');
  clock.next();
  await clock.round();
  expect(await contentOf(target, 'c')).toBe('3');
  expect(clock.waited).toEqual([60_000, 60_000]);
  await sync.stop();
  expect(sync.status).toMatchObject({ state: 'ended', healthy: true, rounds: 2 });
});

it('goes on after rounds that fail, ever later, and tells that it is not well', async () => {
  const failures: string[] = [];
  const { target, clock, make } = await started({
    firstDelay: 1_000,
    every: 3_000,
    onFailure: ({ code }) => failures.push(code),
  });
  let down = true;
  const flaky = altered(target, {
    checkHealth: async () =>
      down
        ? { healthy: false, latency: 0, error: new StorageError('Unavailable', 'down') }
        : target.checkHealth(),
  });
  const sync = make({ target: flaky });
  for (const healthy of [true, true, false, false]) {
    await clock.round();
    expect(sync.status).toMatchObject({ healthy, error: 'down', rounds: 0 });
    clock.next();
  }
  await clock.round();
  down = false;
  clock.next();
  await clock.round();
  expect(sync.status).toMatchObject({ healthy: true, failures: 0, rounds: 1 });
  expect(sync.status.error).toBeUndefined();
  expect(clock.waited).toEqual([1_000, 2_000, 3_000, 3_000, 3_000, 3_000]);
  expect(failures).toEqual(Array(5).fill('Unavailable'));
  await sync.stop();
});

it('takes a lease for each round, and gives it back, whatever becomes of the round', async () => {
  const { clock, make } = await started();
  let held = 0;
  let taken = 0;
  const lease = async () => {
    held++;
    taken++;
    return {
      token: taken,
      check() {
        if (taken === 2) throw new StorageError('Conflict', 'lost', { retryable: false });
      },
      async release() {
        held--;
      },
    };
  };
  const sync = make({ live: lease });
  await clock.round();
  expect([taken, held]).toEqual([1, 0]);
  clock.next();
  await clock.round();
  expect([taken, held]).toEqual([2, 0]);
  await sync.stop();
});

it('finds by its sample what was damaged after it was copied', async () => {
  const { target, clock, make } = await started({ sample: { share: 1 } });
  const sync = make();
  await clock.round();
  expect(sync.status).toMatchObject({ failures: 0 });
  await target.delete('a');
  clock.next();
  await clock.round();
  expect(sync.status).toMatchObject({ failures: 1, error: /verification/ });
  await sync.stop();
});

it('stops when it is told to, in the middle of a wait', async () => {
  const { make } = await started();
  const sync = make({ wait: (_, signal) => once(signal ?? new EventTarget(), 'abort').then() });
  while (sync.status.state !== 'waiting') await new Promise((resolve) => setImmediate(resolve));
  await sync.stop();
  expect(sync.status.state).toBe('ended');
});

it('ends with what no further round can mend', async () => {
  const { target, make } = await started();
  const broken = altered(target, {
    checkHealth() {
      throw new TypeError('not a function');
    },
  });
  const sync = make({ target: broken });
  await expect(sync.ended).rejects.toThrow('not a function');
  expect(sync.status).toMatchObject({ state: 'ended', healthy: false });
});

it('refuses times that are none', async () => {
  const { make } = await started();
  for (const wrong of [{ every: 0 }, { firstDelay: -1 }, { patience: Number.NaN }])
    expect(() => make(wrong)).toThrow(expect.objectContaining({ code: 'InvalidArgument' }));
});

it('answers how it is', async () => {
  let healthy = true;
  const status = () => ({ state: 'waiting', healthy, rounds: 1, failures: 0 }) as const;
  await using server = await startHealthServer({
    get status() {
      return status();
    },
  });
  const well = await fetch(`${server.url}/healthz`);
  expect([well.status, await well.json()]).toEqual([200, status()]);
  healthy = false;
  expect((await fetch(`${server.url}/healthz?verbose`)).status).toBe(503);
  expect((await fetch(`${server.url}/other`)).status).toBe(404);
  expect((await fetch(`${server.url}/healthz`, { method: 'POST' })).status).toBe(404);
});

it('lets others answer at further paths, but not for the health', async () => {
  const status = { state: 'idle', healthy: true, rounds: 0, failures: 0 } as const;
  const answer: RequestListener = (request, response) => void response.end(request.method);
  const further = { '/metrics': answer, '/healthz': answer };
  await using server = await startHealthServer({ status }, { further });
  const post = { method: 'POST' };
  expect(await (await fetch(`${server.url}/metrics?all`, post)).text()).toBe('POST');
  expect(await (await fetch(`${server.url}/healthz`)).json()).toEqual(status);
  for (const path of ['/metrics/', '/toString', '/__proto__'])
    expect((await fetch(`${server.url}${path}`)).status).toBe(404);
});

it('says so if its port is taken', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const address = other.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  const status = { state: 'idle', healthy: true, rounds: 0, failures: 0 } as const;
  await expect(startHealthServer({ status }, { port })).rejects.toMatchObject({
    code: 'EADDRINUSE',
  });
  other.close();
});

it('verifies samples also while a copy is missing, until somebody has it copied again', async () => {
  const reports: string[] = [];
  const { target, clock, make } = await started({
    sample: { share: 1 },
    onReport: ({ outcome }) => reports.push(outcome),
  });
  const sync = make();
  await clock.round();
  await target.delete('a');
  for (let rounds = 1; rounds <= 2; rounds++) {
    clock.next();
    await clock.round();
  }
  await sync.stop();
  expect(reports).toEqual(['complete', 'verified', 'complete', 'failed', 'incomplete', 'failed']);
  expect(await keysOf(target)).toEqual(['b']);
});
