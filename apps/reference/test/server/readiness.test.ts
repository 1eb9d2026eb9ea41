import { MemoryStorageProvider, StorageError } from '@org/storage-core';
import type { Mode } from '@org/storage-hybrid';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { Readiness } from '../../src/server/readiness.js';
import { type StartedApp, startApp } from '../app.js';

let storage: MemoryStorageProvider;
let started: StartedApp;
let time: number;
let asked: number;
let healthy: boolean;

beforeEach(async () => {
  [time, asked, healthy] = [Date.now(), 0, true];
  storage = new MemoryStorageProvider();
  const checkHealth = storage.checkHealth.bind(storage);
  storage.checkHealth = async (options) => {
    asked += 1;
    const report = await checkHealth(options);
    return { ...report, healthy };
  };
  started = await startApp({ storage, clock: () => new Date(time) });
});

afterEach(async () => {
  await started.close();
  await storage.close();
});

async function probe(): Promise<number> {
  const answer = await fetch(`${started.origin}/readyz`);
  await answer.arrayBuffer();
  return answer.status;
}

describe('a storage of two sides', () => {
  const sidesOf = (mode: Mode, mayDelete: boolean) => {
    const source = new MemoryStorageProvider({ name: 'source' });
    const target = new MemoryStorageProvider({ name: 'target' });
    const writes = { source: 0, target: 0 };
    for (const side of [source, target] as const) {
      const upload = side.upload.bind(side);
      side.upload = async (...args) => {
        writes[side === source ? 'source' : 'target'] += 1;
        return upload(...args);
      };
    }
    const { database, app } = started;
    const readiness = new Readiness({
      ...{ db: database.db, storage, sides: { source, target }, mode: () => mode, mayDelete },
      ...{ now: () => new Date(time), log: app.log },
    });
    onTestFinished(async () => {
      await readiness.close();
      await Promise.all([source.close(), target.close()]);
    });
    return { source, target, writes, readiness };
  };

  it.each<[Mode, boolean, number, number]>([
    ['source', true, 1, 0],
    ['prepare', false, 1, 0],
    ['hybrid', false, 1, 0],
    ['hybrid', true, 1, 1],
    ['target', false, 0, 1],
  ])(
    'in the mode %s, deleting %s, is tried where it may be: source %i, target %i',
    async (mode, mayDelete, source, target) => {
      const { readiness, writes } = sidesOf(mode, mayDelete);
      expect(await readiness.check()).toBe(true);
      expect(writes).toEqual({ source, target });
    },
  );

  it.each(['source', 'hybrid', 'target'] as const)(
    'is not ready in the mode %s without a side it needs',
    async (mode) => {
      const { readiness, source, target } = sidesOf(mode, false);
      await target.close();
      expect(await readiness.check()).toBe(mode === 'source');
      await source.close();
      time += 5_000;
      expect(await readiness.check()).toBe(false);
    },
  );
});

describe('probes of whether the application is ready', () => {
  it('cost one check of the storage, however many come at once', async () => {
    const { database, app } = started;
    const now = () => new Date(time);
    const readiness = new Readiness({ db: database.db, storage, now, log: app.log });
    const answers = [readiness.check(), readiness.check(), readiness.check()];
    expect(await Promise.all(answers)).toEqual([true, true, true]);
    expect(asked).toBe(1);
  });

  it('are answered for five seconds by what was found', async () => {
    for (let second = 0; second < 10; second++) {
      expect(await probe()).toBe(200);
      time += 1_000;
    }
    expect(asked).toBe(2);
  });

  it('see a storage that answers, but takes no files', async () => {
    storage.upload = async () => {
      throw new StorageError('QuotaExceeded', 'the disk is full');
    };
    expect(await probe()).toBe(503);
  });

  it('of whether it lives do not touch the storage', async () => {
    storage.checkHealth = () => new Promise(() => {});
    const answer = await fetch(`${started.origin}/healthz`);
    expect([answer.status, await answer.json()]).toEqual([200, { status: 'ok' }]);
    expect(asked).toBe(0);
  });

  it('see a storage go, and come again, within five seconds', async () => {
    expect(await probe()).toBe(200);
    healthy = false;
    time += 5_000;
    expect([await probe(), await probe()]).toEqual([503, 503]);
    healthy = true;
    time += 5_000;
    expect(await probe()).toBe(200);
    expect(asked).toBe(3);
  });
});
