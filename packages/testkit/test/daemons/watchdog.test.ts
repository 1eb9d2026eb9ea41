import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { markVariable, watchOver } from '../../src/daemons/watchdog.js';

describe.skipIf(process.platform !== 'linux')('a watchdog that is dismissed', () => {
  interface Started {
    readonly process: ChildProcess;
    /** By which signal. */
    readonly ended: Promise<unknown>;
  }

  async function start(
    command: string,
    mark: string | undefined,
    directory = '/',
  ): Promise<Started> {
    const started = spawn('sh', ['-c', `echo; ${command}`], {
      cwd: directory,
      env: { PATH: process.env['PATH'], ...(mark === undefined ? {} : { [markVariable]: mark }) },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    onTestFinished(() => void started.kill('SIGKILL'));
    const ended = once(started, 'exit').then(([, signal]: unknown[]) => signal);
    await once(started.stdout, 'data');
    return { process: started, ended };
  }

  async function folder(): Promise<string> {
    const directory = await realpath(await mkdtemp(join(tmpdir(), 'watchdog-')));
    await mkdir(join(directory, 'data'));
    return directory;
  }

  test('ends the processes that bear the mark, whoever started them, and no stranger', async () => {
    const [mark, directory] = [randomUUID(), await folder()];
    const marked = await start('exec sleep 30', mark);
    const stranger = await start('exec sleep 30', randomUUID());
    await watchOver({ mark, directory }).dismiss();
    expect(existsSync(`/proc/${marked.process.pid}/exe`)).toBe(false);
    expect(await marked.ended).toBe('SIGKILL');
    expect(stranger.process.exitCode ?? stranger.process.signalCode).toBeNull();
    expect(existsSync(directory)).toBe(false);
  });

  test('ends the processes that work below the folder, marked or not, and none beside it', async () => {
    const [one, two] = [await folder(), await folder()];
    const within = await start('exec sleep 30', undefined, join(one, 'data'));
    const beside = await start('exec sleep 30', undefined, join(two, 'data'));
    await watchOver({ mark: randomUUID(), directory: one }).dismiss();
    expect(await within.ended).toBe('SIGKILL');
    expect(beside.process.exitCode ?? beside.process.signalCode).toBeNull();
    await watchOver({ mark: randomUUID(), directory: two }).dismiss();
  });

  test('asks them to quit first, if told so, and kills those that do not', async () => {
    const [mark, directory] = [randomUUID(), await folder()];
    const obedient = await start('exec sleep 30', mark);
    const deaf = await start("trap '' QUIT; while :; do sleep 1; done", mark);
    await watchOver({ mark, directory, signal: 'QUIT' }).dismiss();
    expect(await obedient.ended).toBe('SIGQUIT');
    expect(await deaf.ended).toBe('SIGKILL');
  });
});
