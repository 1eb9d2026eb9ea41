import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LocalStorageProvider } from '@org/storage-local';
import { sqliteFleetRegistry } from '@org/storage-migration';
import { S3StorageProvider } from '@org/storage-s3';
import { expect, it, onTestFinished } from 'vitest';
import { built } from '../../../migration/test/live/modules.js';
import { factoryOf, server, temporaryDirectory, until } from './fixtures.js';
import { STILL, stillText, type WorkDone, Workload } from './workload.js';

const modules = built({ worker: fileURLToPath(new URL('live-worker.ts', import.meta.url)) });

type Look = WorkDone & { readonly stage?: string };

function startProcess(file: string, name: string) {
  const child: ChildProcess = fork(modules('worker'), [file, name], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const ask = async (question: 'look' | 'end'): Promise<Look> => {
    child.send(question);
    const [answer] = await Promise.race([
      once(child, 'message'),
      ended.then(([code]) => Promise.reject(new Error(`${name} has ended (${code})`))),
    ]);
    return answer;
  };
  return { ask, ended };
}

it('two processes go from mode to mode by the file, and no request of theirs fails', async () => {
  const directory = await temporaryDirectory();
  const { at } = await server('files');
  const source = join(directory, 'source');
  const fleet = join(directory, 'fleet.db');
  const file = join(directory, 'config', 'storage.json');
  const text = (mode: string) =>
    JSON.stringify({
      storages: {
        files: {
          provider: 'hybrid',
          mode,
          source: { provider: 'local', root: source, createRoot: true, durability: 'relaxed' },
          target: { ...at, bucket: 'files', layers: { circuitBreaker: {}, timeout: '30s' } },
          fleet: { registry: `sqlite:${fleet}`, heartbeat: '50ms', drain: '10m' },
          // What is refused while the two are a step apart, such as the move of a file of the source, is tried again.
          layers: { retry: { attempts: 100, maxDelay: '100ms' } },
        },
      },
    });
  await mkdir(join(directory, 'config'));
  await writeFile(file, text('source'));
  const before = new LocalStorageProvider({ root: source, createRoot: true });
  for (const key of STILL) await before.upload(key, stillText(key));

  const here = await factoryOf(file);
  const workload = new Workload(await here.factory.get(), 'here');
  const there = startProcess(file, 'there');
  const looks = async (): Promise<readonly Look[]> => {
    const { stage } = (await here.factory.checkHealth())['files'] ?? {};
    return [
      { ...(stage === undefined ? {} : { stage }), ...workload.done },
      await there.ask('look'),
    ];
  };
  const untilAll = (is: (look: Look, process: number) => boolean) =>
    until(async () => {
      const now = await looks();
      expect(now.flatMap(({ failures }) => failures)).toEqual([]);
      return now.every(is);
    }, 50);
  /** Both are in the stage, and have worked in it. */
  const reached = async (stage: string) => {
    await untilAll((look) => look.stage === stage);
    const since = (await looks()).map(({ operations }) => operations);
    await untilAll(({ operations }, process) => operations > (since[process] ?? 0) + 25);
  };

  await reached('source');
  for (const [mode, stage] of [
    ['prepare', 'prepare'],
    ['hybrid', 'settled'],
  ] as const) {
    await writeFile(`${file}.new`, text(mode));
    await rename(`${file}.new`, file);
    await reached(stage);
  }

  const registry = sqliteFleetRegistry(fleet);
  expect((await registry.list()).map(({ member }) => member.stages)).toEqual([
    ['settled'],
    ['settled'],
  ]);
  const bucket = new S3StorageProvider({ ...at, bucket: 'files' });
  await (await here.factory.get()).upload('in/target', 'text');
  expect(await bucket.exists('in/target')).toBe(true);
  expect(await before.exists('in/target')).toBe(false);
  await Promise.all([bucket.close(), before.close()]);

  expect((await workload.end()).failures).toEqual([]);
  expect((await there.ask('end')).failures).toEqual([]);
  expect(await there.ended).toEqual([0, null]); // by itself: nothing was left open
  await here.factory.close();
  expect(await registry.list()).toEqual([]);
  await registry.close();
  expect(here.told.filter(({ type }) => type !== 'changed')).toEqual([]);
});
