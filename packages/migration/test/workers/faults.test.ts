import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { isStorageError } from '@org/storage-core';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { openSqliteJournal } from '../../src/index.js';
import { contentOf, keysOf, temporaryDirectory } from '../fixtures.js';
import { builtModules } from './built.js';
import type { CoordinatorSettings } from './coordinator.js';
import { endpoints } from './endpoints.js';
import { film, isAlive, MIB, setting as settingWith, small, until } from './setting.js';

const built = builtModules();

vi.mock('../../src/workers/entry.js', () => ({ workerEntry: () => built('worker') }));

const setting = (files: Readonly<Record<string, string | Buffer>>) =>
  settingWith(() => built('stores'), files);

describe('a worker that is killed', { timeout: 180_000 }, () => {
  it.each([
    ['copied by others', 2, 2],
    ['copied by the one that takes its place', 1, 2],
  ])('has its files %s', async (_, count, most) => {
    const { run, pids, copying, server, retries, source, target, journal } = await setting(
      small(60),
    );
    server.faults.add({ type: 'delay', milliseconds: 20, operation: 'PutObject' });
    const end = run({ concurrency: 6, count });
    const killed = await copying();
    process.kill(killed, 'SIGKILL');
    expect(await end).toMatchObject({ outcome: 'complete' });
    expect((await pids()).length).toBeGreaterThanOrEqual(most);
    expect(await keysOf(target)).toEqual(await keysOf(source));
    expect(retries().length).toBeGreaterThan(0);
    for (const message of retries()) expect(message).toMatch(new RegExp(`${killed}.*SIGKILL`));
    const records = await journal.page({ limit: 100 });
    expect(records.some(({ attempts }) => attempts === 2)).toBe(true);
  });

  it('leaves an unfinished upload that another one goes on with', async () => {
    const content = film(21 * MIB); // five parts, one after the other
    const { run, copying, server, sent, target } = await setting({ film: content });
    server.faults.add({ type: 'delay', milliseconds: 80, operation: 'UploadPart' });
    const end = run();
    await until(() => sent('UploadPart') >= 3);
    process.kill(await copying('film'), 'SIGKILL');
    const before = sent('UploadPart');
    expect(await end).toMatchObject({ outcome: 'complete' });
    // A part that the server had taken when its client was killed may be counted after it.
    expect(sent('UploadPart') - before).toBeLessThanOrEqual(5 - before + 1);
    expect(server.openMultipartUploads('bucket')).toEqual([]);
    expect(await contentOf(target, 'film')).toBe(content.toString());
  });

  it('leaves an upload that the next attempt knows of, however long it takes to write that down', async () => {
    const { run, copying, server, sent, journal } = await setting({ film: film(11 * MIB) });
    const { recordUpload } = journal;
    let killed: number | undefined;
    const slow = vi.spyOn(journal, 'recordUpload').mockImplementation(async (...given) => {
      if (given[1] !== undefined && killed === undefined) {
        const gone = await copying('film');
        killed = gone;
        process.kill(gone, 'SIGKILL');
        await until(() => !isAlive(gone));
        await sleep(500); // in which an attempt that does not wait has begun
      }
      return recordUpload.apply(journal, given);
    });
    onTestFinished(() => slow.mockRestore());
    expect(await run()).toMatchObject({ outcome: 'complete' });
    expect(killed).toBeDefined();
    expect(sent('CreateMultipartUpload')).toBe(1);
    expect(server.openMultipartUploads('bucket')).toEqual([]);
  });

  it('is replaced by one that removes what it tries the bucket with, though the run ends meanwhile', async () => {
    const { run, pids, copying, server, journal } = await setting({ film: film(11 * MIB) });
    const { recordUpload } = journal;
    const trials = () =>
      server.openMultipartUploads('bucket').filter(({ key }) => key.startsWith('.storage/'));
    let begun = false;
    const slow = vi.spyOn(journal, 'recordUpload').mockImplementation(async (...given) => {
      if (!begun) {
        const trial = { operation: 'UploadPart', key: /^\.storage\// } as const;
        server.faults.add({ type: 'delay', milliseconds: 60_000, ...trial });
        const copier = await copying('film');
        for (const pid of await pids()) if (pid !== copier) process.kill(pid, 'SIGKILL');
        await until(() => trials().length === 1);
        begun = true;
      }
      return recordUpload.apply(journal, given);
    });
    onTestFinished(() => slow.mockRestore());
    expect(await run()).toMatchObject({ outcome: 'complete' });
    expect(begun).toBe(true);
    expect(server.openMultipartUploads('bucket')).toEqual([]);
    expect((await pids()).filter(isAlive)).toEqual([]);
  });

  it('again and again before it has copied anything, ends the run, and no file is blamed', async () => {
    const { run, pids, journal } = await setting(small(10));
    await expect(run({ count: 1 }, 'ends copying')).rejects.toThrow(
      /5 worker processes in a row have ended before they had copied anything, the last one with exit code 3/,
    );
    expect(await pids()).toHaveLength(5);
    expect((await pids()).filter(isAlive)).toEqual([]);
    const totals = await journal.totals();
    expect(totals.pending.files).toBe(10);
    expect((await journal.runs(1))[0]).toMatchObject({ outcome: 'stopped' });
    expect(await run()).toMatchObject({ outcome: 'complete' });
  });
});

describe('workers whose stores can’t be opened', { timeout: 180_000 }, () => {
  it.each([
    ['throw', 'throws', /stores\.js does not make the stores: no such cluster/],
    ['have other names', 'other names', /local and elsewhere, not local and s3/],
  ] as const)('since they %s: nothing is begun', async (_, fault, message) => {
    const { run, journal, pids } = await setting({ a: '1' });
    await expect(run({}, fault)).rejects.toSatisfy(
      (error) => isStorageError(error, 'InvalidArgument') && message.test(error.message),
    );
    expect(await journal.runs()).toEqual([]);
    expect((await pids()).filter(isAlive)).toEqual([]);
  });

  it('since they end at once: nothing is begun', async () => {
    const { run, journal, pids } = await setting({ a: '1' });
    await expect(run({ count: 1 }, 'ends')).rejects.toThrow(/5 worker processes in a row/);
    expect(await pids()).toHaveLength(5);
    expect(await journal.runs()).toEqual([]);
  });

  it('since there is no such module, it makes nothing, or the data can’t be sent', async () => {
    const { run, data } = await setting({ a: '1' });
    const missing = pathToFileURL(`${await temporaryDirectory()}/none.js`);
    const refusals = [
      [{ stores: missing, data }, /none\.js does not make the stores: Cannot find module/],
      [{ stores: 'none.js', data }, /none\.js does not make the stores: Cannot find module/],
      [{ stores: built('worker'), data }, /its default export is not a function/],
      [{ stores: built('stores'), data: { open: () => {} } }, /data can't be sent/],
    ] as const;
    for (const [workers, message] of refusals)
      await expect(run({ workers: { count: 1, ...workers } })).rejects.toSatisfy(
        (error) => isStorageError(error, 'InvalidArgument') && message.test(error.message),
      );
    for (const count of [0, 65, 1.5])
      await expect(run({ count })).rejects.toThrow(/a whole number from 1 to 64/);
  });

  it('are not waited for when the run is aborted', async () => {
    const { run, pids } = await setting({ a: '1' });
    const abort = new AbortController();
    const end = run({ signal: abort.signal }, 'hangs');
    await until(async () => (await pids()).length === 2);
    abort.abort();
    await expect(end).rejects.toSatisfy((error) => isStorageError(error, 'Aborted'));
    expect((await pids()).filter(isAlive)).toEqual([]);
  });
});

describe('a coordinator that is killed', { timeout: 180_000 }, () => {
  it('takes its workers with it; another run goes on from there', async () => {
    const content = film(21 * MIB);
    const files = { ...small(40), film: content };
    const { run, pids, server, sent, journal, file, data, source, target } = await setting(files);
    await journal.close();
    server.faults.add({ type: 'delay', milliseconds: 80, operation: ['PutObject', 'UploadPart'] });
    const child = fork(built('coordinator'), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    const settings: CoordinatorSettings = {
      ...{ journal: file, count: 2, stores: built('stores').href, data },
    };
    child.send(settings);
    await until(() => sent('UploadPart') >= 2 && sent('PutObject') > 6);
    child.kill('SIGKILL');
    await once(child, 'close');
    const workers = await pids();
    expect(workers).toHaveLength(2);
    await until(() => !workers.some(isAlive));
    const [upload] = server.openMultipartUploads('bucket');
    const reopened = await openSqliteJournal({ file, endpoints });
    onTestFinished(() => reopened.close());
    expect(await reopened.unfinishedUploads()).toMatchObject([{ uploadId: upload?.uploadId }]);
    const before = sent('UploadPart');
    expect(await run({ journal: reopened })).toMatchObject({ outcome: 'complete' });
    expect(sent('UploadPart') - before).toBeLessThanOrEqual(5 - before + 1);
    expect(server.openMultipartUploads('bucket')).toEqual([]);
    expect(await keysOf(target)).toEqual(await keysOf(source));
    expect(await contentOf(target, 'film')).toBe(content.toString());
  });
});
