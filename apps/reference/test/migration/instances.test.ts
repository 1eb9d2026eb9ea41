import { afterEach, describe, expect, it } from 'vitest';
import { Lab, rested, toHybrid, until } from './lab.js';

let lab: Lab;
afterEach(() => lab.close());

const FILES = Object.fromEntries(
  Array.from({ length: 40 }, (_, file) => [`files/${file}.bin`, Buffer.alloc(30_000, file)]),
);

describe('two processes of an application', () => {
  it('share one migration: one works, the other shows it, and pauses it', async () => {
    lab = await Lab.open(FILES);
    const one = await lab.start({ bandwidth: 150_000, concurrency: 2 });
    const other = await lab.start({ bandwidth: 150_000, concurrency: 2 });
    await toHybrid(one);
    await one.service.start();
    await until(one.service, ({ work }) => work?.phase === 'working');

    const seen = await until(other.service, ({ work }) => work !== null);
    expect(seen.work).toMatchObject({ kind: 'migrate', here: false });
    expect(seen.mode.members.map(({ role }) => role).sort()).toEqual([
      'application',
      'application',
      'migrator',
    ]);
    await expect(other.service.start()).rejects.toThrow(
      'files are being copied, by another process',
    );
    await expect(other.service.verify()).rejects.toThrow('by another process');
    await expect(other.service.setMode('prepare')).rejects.toThrow('where it is at work');

    await other.service.pause();
    expect((await one.service.state()).paused).toBe(true);
    await other.service.setLimits({ bandwidth: null });
    await other.service.resume();
    expect((await rested(one.service)).progress.done.files).toBe(40);
    expect((await rested(other.service)).runs).toHaveLength(1);
  });

  it('go on for each other: when the one that works ends, the other takes over', async () => {
    lab = await Lab.open(FILES);
    const one = await lab.start({ bandwidth: 100_000, concurrency: 1 });
    const other = await lab.start({ concurrency: 4 });
    await toHybrid(one);
    await one.service.start();
    await until(one.service, ({ progress }) => (progress.states['copied']?.files ?? 0) > 0);
    await one.service.close();
    const done = await until(
      other.service,
      ({ work, progress }) => work === null && progress.unresolved === 0,
    );
    expect(done.progress.done.files).toBe(40);
    expect(done.runs.map(({ outcome }) => outcome)).toEqual(['complete', 'interrupted']);
  });

  it('start at the same moment, and only one of them works', async () => {
    lab = await Lab.open(FILES);
    const one = await lab.start();
    const other = await lab.start();
    await toHybrid(one);
    const starts = await Promise.allSettled([one.service.start(), other.service.start()]);
    expect(starts.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThanOrEqual(1);
    for (const start of starts)
      if (start.status === 'rejected') expect(start.reason).toMatchObject({ code: 'Conflict' });
    const done = await until(
      other.service,
      ({ work, progress }) => work === null && progress.done.files === 40,
    );
    expect(done.progress.states['copied']?.files).toBe(40);
  });
});
