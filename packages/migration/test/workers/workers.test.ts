import { setTimeout as sleep } from 'node:timers/promises';
import { isStorageError, StorageError, TokenBucket } from '@org/storage-core';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { contentOf, keysOf } from '../fixtures.js';
import { builtModules } from './built.js';
import { film, firstOf, isAlive, MIB, setting as settingWith, small, until } from './setting.js';

const built = builtModules();

vi.mock('../../src/workers/entry.js', () => ({ workerEntry: () => built('worker') }));

const setting = (files: Readonly<Record<string, string | Buffer>>) =>
  settingWith(() => built('stores'), files);

describe('worker processes', { timeout: 180_000 }, () => {
  it('copy all files between them, and end with the run', async () => {
    const files = small(60);
    const { run, source, target, pids, opened, journal } = await setting(files);
    expect(await run()).toMatchObject({ outcome: 'complete', files: { copied: { files: 60 } } });
    expect(await keysOf(target)).toEqual(await keysOf(source));
    expect(await contentOf(target, 'd1/f1')).toBe('file 1');
    const shares = await opened();
    expect(shares).toHaveLength(2);
    expect(shares.flat().sort()).toEqual(Object.keys(files).sort()); // nobody else, and none twice
    for (const share of shares) expect(share.length).toBeGreaterThan(0);
    expect((await pids()).filter(isAlive)).toEqual([]);
    const [record] = await journal.page({ limit: 1 });
    expect(record).toMatchObject({ state: 'copied', attempts: 1 });
  });

  it('leave outcomes and errors as they are without them', async () => {
    const { run, target, server, events } = await setting({ a: '1', b: '2', c: '3' });
    await target.upload('a', '1');
    await target.upload('b', 'another');
    server.faults.add({ type: 'error', code: 'AccessDenied', operation: 'PutObject', key: 'c' });
    const { outcome, files } = await run();
    expect(outcome).toBe('incomplete');
    expect(files).toMatchObject({
      ...{ present: { files: 1 }, conflict: { files: 1 }, failed: { files: 1 } },
    });
    const failed = events.find((event) => event.type === 'file' && event.state === 'failed');
    expect(failed).toMatchObject({
      key: 'c',
      message: expect.stringMatching(/credentials do not allow upload/),
    });
  });

  it('tell how far a large file is', async () => {
    const { run, events } = await setting({ film: film(11 * MIB) });
    await run();
    const bytes = (type: 'hashing' | 'transfer') =>
      events.flatMap((event) => (event.type === type ? [event.bytes] : [])).at(-1);
    expect(bytes('hashing')).toBe(11 * MIB);
    expect(bytes('transfer')).toBe(11 * MIB);
  });

  it('ask the fleet’s lease before a copy becomes visible', async () => {
    const { run, target } = await setting({ a: '1', film: film(6 * MIB) });
    let asked = 0;
    const check = () => {
      asked++;
      throw new StorageError('Conflict', 'the lease has run out', { retryable: false });
    };
    const report = await run({ live: { check } });
    expect(report.files.failed.files).toBe(2);
    expect(asked).toBe(2);
    expect(await keysOf(target)).toEqual([]);
  });

  it('share the bandwidth, which can be changed while they read', async () => {
    const size = 4 * MIB;
    const { run, journal, events } = await setting({ a: film(size), b: film(size) });
    const granted: number[] = [];
    const ask = TokenBucket.prototype.ask;
    const spy = vi.spyOn(TokenBucket.prototype, 'ask').mockImplementation(function (
      this: TokenBucket,
      wish,
    ) {
      if (this.rate < 1e12) granted.push(wish.bytes); // not the files' own
      ask.call(this, wish);
    });
    onTestFinished(() => spy.mockRestore());
    const end = run({ bandwidth: 1_024 }); // more than an hour
    await until(() => granted.reduce((sum, bytes) => sum + bytes, 0) > 3 * 1_024);
    expect(events.some(({ type }) => type === 'file')).toBe(false);
    await journal.setControl({ paused: false, bandwidth: 10 ** 9 });
    expect(await end).toMatchObject({ outcome: 'complete' });
    expect(granted.reduce((sum, bytes) => sum + bytes, 0)).toBe(2 * size);
  });

  it('do not heed the signals that a terminal sends to all', async () => {
    const { run, pids, server, sent } = await setting(small(40));
    server.faults.add({ type: 'delay', milliseconds: 20, operation: 'PutObject' });
    const end = run({ concurrency: 4 });
    await until(() => sent('PutObject') > 4);
    for (const pid of await pids()) {
      process.kill(pid, 'SIGINT');
      process.kill(pid, 'SIGTERM');
      process.kill(pid, 'SIGHUP');
    }
    expect(await end).toMatchObject({ outcome: 'complete' });
    expect(await pids()).toHaveLength(2);
  });

  it('finish what is in flight when the run is to stop', async () => {
    const { run, pids, server, sent, journal } = await setting(small(60));
    server.faults.add({ type: 'delay', milliseconds: 20, operation: 'PutObject' });
    const stop = new AbortController();
    const end = run({ concurrency: 4, stop: stop.signal });
    await until(() => sent('PutObject') > 4);
    stop.abort();
    const { outcome, files } = await end;
    expect(outcome).toBe('interrupted');
    expect(files.failed.files).toBe(0);
    expect(files.copied.files).toBe(sent('PutObject'));
    expect(files.pending.files).toBeGreaterThan(0);
    expect((await pids()).filter(isAlive)).toEqual([]);
    expect((await journal.runs(1))[0]).toMatchObject({ outcome: 'interrupted' });
  });

  it('end at once when the run is aborted, with one of them stopped', async () => {
    const { run, pids, server, sent, journal } = await setting(small(60));
    server.faults.add({ type: 'delay', milliseconds: 50, operation: 'PutObject' });
    const abort = new AbortController();
    const end = run({ concurrency: 4, signal: abort.signal });
    await until(() => sent('PutObject') > 4);
    const stopped = firstOf(await pids());
    process.kill(stopped, 'SIGSTOP');
    abort.abort();
    await expect(end).rejects.toSatisfy((error) => isStorageError(error, 'Aborted'));
    expect((await pids()).filter(isAlive)).toEqual([]);
    expect((await journal.runs(1))[0]).toMatchObject({ outcome: 'interrupted' });
    expect((await journal.totals()).failed.files).toBe(0);
    server.faults.clear();
    expect(await run()).toMatchObject({ outcome: 'complete' });
  });

  it('end with the run, with one of them stopped that had nothing to do', async () => {
    const { run, opened, pids, server } = await setting({ a: '1' });
    server.faults.add({ type: 'delay', milliseconds: 2_000, operation: 'PutObject', key: 'a' });
    const end = run();
    await until(async () => (await pids()).length === 2 && (await opened()).flat().includes('a'));
    const shares = await opened();
    const idle = firstOf((await pids()).filter((_, index) => shares[index]?.length === 0));
    process.kill(idle, 'SIGSTOP');
    onTestFinished(() => void (isAlive(idle) && process.kill(idle, 'SIGKILL')));
    expect(await end).toMatchObject({ outcome: 'complete' });
    expect((await pids()).filter(isAlive)).toEqual([]);
  });

  it('go on around one that is stopped, whose files wait until it goes on', async () => {
    const { run, copying, server, sent, events } = await setting(small(40));
    const slow = server.faults.add({ type: 'delay', milliseconds: 20, operation: 'PutObject' });
    const end = run({ concurrency: 4 });
    await until(() => sent('PutObject') > 4);
    const stopped = await copying();
    process.kill(stopped, 'SIGSTOP');
    onTestFinished(() => void (isAlive(stopped) && process.kill(stopped, 'SIGKILL')));
    slow.remove();
    await sleep(0);
    const settled = () => events.filter(({ type }) => type === 'file').length;
    const before = settled();
    await until(() => settled() > before);
    process.kill(stopped, 'SIGCONT');
    expect(await end).toMatchObject({ outcome: 'complete', files: { copied: { files: 40 } } });
  });
});
