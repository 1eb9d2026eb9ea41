import { readAll } from '@org/storage-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type StartedApp, startApp } from '../app.js';
import { answer, type Client } from '../client.js';
import { Lab, rested, toHybrid, until } from './lab.js';

const START = '/api/admin/migration/start';

let lab: Lab;
beforeEach(async () => {
  lab = await Lab.open();
  await using bucket = lab.target();
  for (const key of ['a/one.txt', 'two.txt']) await bucket.upload(key, `of the bucket: ${key}`);
});
afterEach(() => lab.close());

async function contentOf(key: string): Promise<string> {
  await using directory = lab.source();
  return String(await readAll((await directory.download(key)).body));
}

describe('the way back, from a bucket to a directory', () => {
  it('goes through all modes, and waits for late writes to the bucket first', async () => {
    const instance = await lab.start({ outlast: 300 }, { back: true });
    const { service, storage } = instance;
    await toHybrid(instance);
    await service.start();
    const waiting = await until(service, ({ work }) => work?.phase === 'waiting');
    expect(waiting.work?.note).toMatch(/writes to the source that were sent before the hand-over/);
    await storage.upload('new.txt', 'of the application'); // it does not keep the copying from beginning
    expect((await rested(service)).progress).toMatchObject({ unresolved: 0, done: { files: 2 } });
    await service.verify();
    await rested(service);
    await service.retire();
    await until(service, ({ work, gate }) => work === null && gate?.open === true);
    await service.cutover();
    await until(service, ({ mode }) => mode.wanted === 'target' && mode.reached);
    expect(await contentOf('a/one.txt')).toBe('of the bucket: a/one.txt');
    expect(await contentOf('new.txt')).toBe('of the application');
  });
});

describe('a directory that has files before the first start', () => {
  let app: StartedApp;
  let admin: Client;
  let close: () => Promise<void>;

  beforeEach(async () => {
    await using directory = lab.source();
    await directory.upload('two.txt', 'of whomever');
    const instance = await lab.start({}, { back: true });
    await toHybrid(instance);
    app = await startApp({ storage: instance.storage, migration: instance.service });
    admin = await app.client(app.admin);
    close = () => app.close();
  });
  afterEach(() => close());

  it('is asked about, with their names, and nothing has begun', async () => {
    for (const body of [{}, { knownFiles: false }]) {
      const refused = await admin.post(START, body);
      const told = await answer<{ error: unknown }>(Promise.resolve(refused), 409);
      expect(told).toEqual({
        error: {
          code: 'unknown_files',
          message: expect.stringMatching(/has files already, .*: "two\.txt"\. .*they are known$/),
        },
      });
    }
    expect(await answer(admin.get('/api/admin/migration'))).toMatchObject({
      ...{ work: null, runs: [], failed: null },
    });
  });

  it('is copied to when they are known, and they count as newer', async () => {
    await answer(admin.post(START, { knownFiles: true }));
    const state = () =>
      answer<{ work: unknown; runs: { outcome: string }[] }>(admin.get('/api/admin/migration'));
    await expect
      .poll(async () => (await state()).runs, { timeout: 20_000 })
      .toMatchObject([{ outcome: 'complete' }]);
    expect(await contentOf('two.txt')).toBe('of whomever');
    expect(await contentOf('a/one.txt')).toBe('of the bucket: a/one.txt');
    const { items } = await answer<{ items: { action: string; detail: object }[] }>(
      admin.get('/api/admin/audit'),
    );
    expect(items.find(({ action }) => action === 'migration.start')?.detail).toEqual({
      ...{ outcome: 'accepted', knownFiles: true },
    });
  });

  it('is not asked about in other words', async () => {
    expect((await admin.post(START, { known: true })).status).toBe(400);
    expect((await admin.post(START, { knownFiles: 'yes' })).status).toBe(400);
  });
});
