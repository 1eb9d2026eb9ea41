import { MemoryStorageProvider } from '@org/storage-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
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
