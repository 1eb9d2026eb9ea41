import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type RaceTask, raceInProcesses } from '../../src/races/index.js';
import { bundledModule } from '../bundled-module.js';

const bundled = (name: string) => bundledModule(new URL(name, import.meta.url), 'testkit');
const forgetful = bundled('./forgetful-racer.ts');
const hanging = bundled('./hanging-racer.ts');
const parent = bundled('./abandoning-parent.ts');

const PATIENCE = { timeout: 20_000 };
const remove: RaceTask = { act: 'delete', keys: ['file'], times: 1 };

/** A file for the ids of processes, and how many of those that it names are still there. */
async function processList() {
  const directory = await mkdtemp(join(tmpdir(), 'storage-race-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const path = join(directory, 'processes');
  const ids = async () => (await readFile(path, 'utf8').catch(() => '')).split('\n').slice(0, -1);
  const running = async () => (await ids()).filter((id) => isRunning(Number(id))).length;
  onTestFinished(async () => {
    for (const id of await ids()) if (isRunning(Number(id))) process.kill(Number(id), 'SIGKILL');
  });
  return { path, ids, running };
}

function isRunning(id: number): boolean {
  try {
    return process.kill(id, 0);
  } catch {
    return false;
  }
}

describe('a race in processes', () => {
  it('tells what each of them has changed, in a store that their settings name', async () => {
    const race = raceInProcesses({ module: forgetful.url, settings: { there: 'already' } });
    const [creating, counting] = await race([
      { act: 'create', keys: ['there', 'a', 'b'], times: 2 },
      { act: 'count', keys: ['a'], times: 3 },
    ]);
    expect(creating).toEqual([
      { key: 'a', from: undefined, to: expect.any(String) },
      { key: 'b', from: undefined, to: expect.any(String) },
    ]);
    expect(counting?.map(({ key }) => key)).toEqual(['a', 'a', 'a']);
    expect(counting?.map(({ from }) => from)).toEqual([
      undefined,
      ...(counting?.slice(0, 2).map(({ to }) => to) ?? []),
    ]);
  });

  it('fails if one finds a file that is not whole', async () => {
    const race = raceInProcesses({ module: forgetful.url, settings: { file: 'abc' } });
    await expect(race([{ act: 'read', keys: ['file'], times: 1 }])).rejects.toThrow(
      'file is torn: 3 bytes that begin with "abc"',
    );
  });

  it('fails if one can’t open the store, with what it says, and ends the others', async () => {
    const race = raceInProcesses({ module: forgetful.url, settings: { '../invalid': '' } });
    await expect(race([remove, remove])).rejects.toThrow('a racer failed: StorageError');
  });

  it('fails if one ends by itself, with what it has printed', async () => {
    const race = raceInProcesses({ module: `${parent.url.pathname}.missing`, settings: {} });
    await expect(race([remove, remove])).rejects.toThrow(/a racer ended \(1\)[\s\S]*Cannot find/);
  });

  it('ends all of them when it is aborted', async () => {
    const { path, ids, running } = await processList();
    const abort = new AbortController();
    const { signal } = abort;
    const race = raceInProcesses({ module: hanging.url, settings: path });
    const raced = race([remove, remove], { signal }).catch((error: unknown) => error);
    await expect.poll(async () => (await ids()).length, PATIENCE).toBe(2);
    abort.abort();
    expect(await raced).toBeInstanceOf(Error);
    expect(await running()).toBe(0);
    await expect(race([remove], { signal })).rejects.toThrow('abort');
  });

  it('ends with the process that has started it, also when that is killed', async () => {
    const { path, ids, running } = await processList();
    const module = fileURLToPath(hanging.url);
    const starter = spawn(process.execPath, [fileURLToPath(parent.url), module, path], {
      stdio: 'inherit',
    });
    onTestFinished(() => void starter.kill('SIGKILL'));
    await expect.poll(async () => (await ids()).length, PATIENCE).toBe(2);
    expect(await running()).toBe(2);
    starter.kill('SIGKILL');
    await once(starter, 'exit');
    await expect.poll(running, PATIENCE).toBe(0);
  });
});

it('no other process can join a race', async () => {
  const lonely = spawn(process.execPath, [fileURLToPath(forgetful.url)], { stdio: 'pipe' });
  onTestFinished(() => void lonely.kill('SIGKILL'));
  expect(await text(lonely.stderr)).toContain('for processes that raceInProcesses has started');
});
