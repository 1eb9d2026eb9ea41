import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readAll } from '@org/storage-core';
import { pricesOf } from '@org/storage-migration';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { sqliteJournal } from '../../src/server/migration/journal-place.js';
import { Lab, rested, toHybrid, until } from './lab.js';

let lab: Lab;
afterEach(() => lab.close());

const FILES = {
  'a/one.txt': 'one',
  'a/two.txt': Buffer.alloc(300_000, 'two'),
  'b/three.bin': Buffer.alloc(70_000, 3),
};

const size = Object.values(FILES).reduce((sum, content) => sum + content.length, 0);

describe('the way of a migration', () => {
  it('goes through all modes, and loses nothing', async () => {
    lab = await Lab.open(FILES);
    const { storage, service } = await lab.start({
      prices: pricesOf('eu-central-1'),
      sourcePrice: 0.1,
    });
    await toHybrid({ storage, service, close: async () => {} });

    await service.start();
    const copied = await rested(service);
    expect(copied.progress).toMatchObject({
      ...{ begun: true, total: { files: 3, bytes: size }, done: { files: 3, bytes: size } },
      ...{ unresolved: 0, unverified: 3, verified: 0, retired: 0 },
    });
    expect(copied.storage.target).toEqual({ files: 3, bytes: size });
    expect(copied.runs.map(({ kind, outcome }) => [kind, outcome])).toEqual([
      ['migrate', 'complete'],
    ]);

    await service.verify();
    expect((await rested(service)).progress).toMatchObject({ verified: 3, unverified: 0 });
    expect(await service.gate()).toMatchObject({ open: false });
    await expect(service.cutover()).rejects.toThrow('the gate is shut: 3 files are in the source');

    await service.retire();
    const retired = await until(service, ({ work, gate }) => work === null && gate?.open === true);
    expect(retired.progress.retired).toBe(3);
    expect(retired.storage.cost).toMatchObject({ currency: 'USD' });
    expect(retired.storage.cost?.sourceMonth).toBeCloseTo((size / 1024 ** 3) * 0.1, 9);

    await writeFile(join(lab.root, 'late.txt'), 'by somebody else');
    await expect(service.cutover()).rejects.toThrow('the gate is shut: ');
    expect(service.work).toBeUndefined();
    await rm(join(lab.root, 'late.txt'));

    await service.cutover();
    await until(
      service,
      ({ mode, work }) => mode.wanted === 'target' && mode.reached && work === null,
    );
    expect(storage.stage).toBe('target');
    for (const [key, content] of Object.entries(FILES))
      expect(Buffer.from(await readAll((await storage.download(key)).body))).toEqual(
        Buffer.from(content),
      );
  });

  it('goes back to prepare and on again, and copies what came to the source meanwhile', async () => {
    lab = await Lab.open(FILES);
    const instance = await lab.start();
    const { service, storage } = instance;
    await toHybrid(instance);
    await service.start();
    await rested(service);
    await service.setMode('prepare');
    await until(service, ({ mode }) => mode.reached);
    await storage.upload('late.txt', 'late');
    await service.setMode('hybrid');
    await until(service, ({ mode }) => mode.reached);
    await service.start();
    expect((await rested(service)).progress.total.files).toBe(4);
    await using target = lab.target();
    expect(await target.exists('late.txt')).toBe(true);
  });
});

describe('what can’t be done now', () => {
  it('is told before the first step, with the reason', async () => {
    lab = await Lab.open(FILES);
    const { service } = await lab.start();
    const { actions, mode } = await service.state();
    expect(actions.start).toBe('all processes have to be in the mode hybrid, and source is wanted');
    expect(actions.verify).toBe('nothing has been copied yet');
    expect(mode.steps).toEqual([{ mode: 'prepare', refused: null }]);
    await expect(service.start()).rejects.toMatchObject({
      code: 'Conflict',
      message: actions.start,
    });
    await expect(service.setMode('hybrid')).rejects.toThrow('prepare comes first');
    await expect(service.setMode('target')).rejects.toThrow('prepare comes first');
    await expect(service.pause()).rejects.toThrow('nothing has been copied yet');
    await expect(service.resume()).rejects.toThrow('it is not paused');
    await expect(service.gate()).rejects.toThrow('nothing has been copied yet');
  });

  it('is a step into target past the gate, or back to source once the target has files', async () => {
    lab = await Lab.open(FILES);
    const instance = await lab.start();
    const { service } = instance;
    await toHybrid(instance);
    await expect(service.setMode('target')).rejects.toThrow('the cutover does that');
    await expect(service.retire()).rejects.toThrow('nothing has been copied yet');
    await service.start();
    await rested(service);
    await expect(service.retire()).rejects.toThrow(
      '3 copies were not found whole yet: verify them first',
    );
    await service.setMode('prepare');
    await until(service, ({ mode }) => mode.reached);
    await expect(service.setMode('source')).rejects.toThrow('the target is not empty');
    expect((await service.state()).mode.wanted).toBe('prepare');
  });

  it('is a limit that makes no sense', async () => {
    lab = await Lab.open();
    const { service } = await lab.start();
    await expect(service.setLimits({ concurrency: 0 })).rejects.toThrow('from 1 to 256');
    await expect(service.setLimits({ bandwidth: 1 })).rejects.toThrow('1,024 or more');
  });
});

describe('a migration that is under way', () => {
  const MANY = Object.fromEntries(
    Array.from({ length: 30 }, (_, file) => [`many/${file}.bin`, Buffer.alloc(40_000, file)]),
  );

  it('is paused, slowed down and resumed, and not gone back from meanwhile', async () => {
    lab = await Lab.open(MANY);
    const instance = await lab.start({ concurrency: 1 });
    const { service } = instance;
    await toHybrid(instance);
    await service.setLimits({ concurrency: 2, bandwidth: 200_000 });
    await service.start();
    const working = await until(
      service,
      ({ work, pace }) => work?.phase === 'working' && pace.bytes > 0,
    );
    expect(working.limits).toEqual({ concurrency: 2, bandwidth: 200_000 });
    expect(working.work).toMatchObject({ kind: 'migrate', here: true });
    await expect(service.start()).rejects.toThrow(
      'files are being copied: wait until that has ended',
    );
    await expect(service.setMode('prepare')).rejects.toThrow(
      'files are being copied: pause that first',
    );

    await service.pause();
    const paused = await service.state();
    expect(paused.paused).toBe(true);
    expect(paused.actions).toMatchObject({ pause: 'it is paused already', resume: null });

    await service.setLimits({ bandwidth: null });
    await service.resume();
    const done = await rested(service);
    expect(done.progress.done.files).toBe(30);
    expect(done.limits).toEqual({ concurrency: 2, bandwidth: null });
    expect(done.paused).toBe(false);
  });

  it('is left for prepare while it is paused, and goes on by itself when hybrid is back', async () => {
    lab = await Lab.open(MANY);
    const instance = await lab.start({ bandwidth: 100_000, concurrency: 1 });
    const { service } = instance;
    await toHybrid(instance);
    await service.start();
    await until(service, ({ work }) => work?.phase === 'working');
    await service.pause();
    await service.setMode('prepare');
    expect(service.work).toBeUndefined();
    await until(service, ({ mode }) => mode.reached);
    await service.setMode('hybrid');
    await until(service, ({ mode }) => mode.reached);
    await service.setLimits({ bandwidth: null });
    await service.resume();
    const done = await until(
      service,
      ({ work, progress }) => work === null && progress.unresolved === 0,
    );
    expect(done.runs.map(({ outcome }) => outcome)).toEqual(['complete', 'interrupted']);
  });

  it('tells what has failed and why, and tries one file or all again', async () => {
    lab = await Lab.open(FILES);
    const instance = await lab.start();
    const { service } = instance;
    await toHybrid(instance);
    const fault = lab.server.faults.add({
      ...{ type: 'error', code: 'AccessDenied', message: 'not you' },
      ...{ operation: 'PutObject', key: /one|three/ },
    });
    await service.start();
    const failed = await rested(service);
    expect(failed.failures).toMatchObject([
      { code: 'AccessDenied', files: 2, examples: [{ key: 'a/one.txt' }, { key: 'b/three.bin' }] },
    ]);
    expect(failed.progress.unresolved).toBe(2);
    await expect(service.verify()).resolves.toBeUndefined();
    await rested(service);
    fault.remove();
    await service.retry(['a/one.txt']);
    const { progress } = await rested(service);
    expect(progress).toMatchObject({ unresolved: 1, done: { files: 2 } });
    await service.retry();
    expect((await rested(service)).failures).toEqual([]);
    await expect(service.retry()).rejects.toThrow('nothing has failed');
  });

  it('that can’t begin is paused, and gone back from', async () => {
    lab = await Lab.open(FILES);
    const instance = await lab.start();
    const { service } = instance;
    await toHybrid(instance);
    lab.server.faults.add({ type: 'error', operation: 'PutObject', code: 'AccessDenied' });
    await service.start();
    const waiting = await until(service, ({ work }) => work?.phase === 'waiting');
    expect(waiting.work?.note).toMatch(/; it is tried again$/);
    expect(waiting.progress.begun).toBe(false);
    await service.pause();
    await service.setMode('prepare');
    await until(service, ({ mode, work }) => mode.reached && work === null);
  });

  it('is not begun by a process that is about to end, and nothing of it is left', async () => {
    lab = await Lab.open(FILES);
    const place = sqliteJournal(lab.journal, lab.endpoints());
    let open = () => {};
    const opening = new Promise<void>((resolve) => {
      open = resolve;
    });
    const work = vi.fn(async () => {
      await opening;
      return place.work();
    });
    const instance = await lab.start({ journal: { ...place, work } });
    const { service } = instance;
    await toHybrid(instance);
    const starting = service.start();
    starting.catch(() => {}); // looked at below
    await expect.poll(() => work).toHaveBeenCalled();
    const closing = service.close();
    open();
    await expect(starting).rejects.toThrow('this process is about to end');
    await closing;
    expect(service.work).toBeUndefined();
    await (await place.work()).close(); // nobody has it
  });

  it('shows that a side is not well', async () => {
    lab = await Lab.open(FILES);
    const { service } = await lab.start({ healthEvery: 30 });
    await until(
      service,
      ({ health }) => health.source?.healthy === true && health.target?.healthy === true,
    );
    await lab.server.close();
    const { health } = await until(service, (state) => state.health.target?.healthy === false);
    expect(health.target?.error).toMatch(/./);
    expect(health.source?.healthy).toBe(true);
  });
});
