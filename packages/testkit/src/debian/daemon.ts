import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { markVariable, watchOver } from '../daemons/watchdog.js';
import type { DebianCommand } from './command.js';
import { DebianStartError } from './errors.js';

/** Milliseconds between two looks. */
const INTERVAL = 50;

/** Characters that are kept of what a daemon prints. */
const PRINTED = 4_000;

export interface DebianDaemonOptions {
  /** Writes what the daemon needs into an empty folder of its own, and tells how to start it in the foreground. */
  readonly prepare: (directory: string) => Promise<DebianCommand>;
  /** Whether it is up, asked again and again. */
  readonly isUp: () => Promise<boolean>;
  /** How long the start may take, in milliseconds. Default 30,000. */
  readonly timeout?: number | undefined;
}

/** A daemon that ends with this process at the latest, however that ends. */
export interface DebianDaemon extends AsyncDisposable {
  /** Its folder, which goes with it. */
  readonly directory: string;
  stop(): Promise<void>;
}

/** @throws DebianStartError, with the end of what it printed. */
export async function startDebianDaemon(options: DebianDaemonOptions): Promise<DebianDaemon> {
  const { prepare, isUp, timeout = 30_000 } = options;
  const directory = await realpath(await mkdtemp(join(tmpdir(), 'debian-daemon-')));
  const mark = randomUUID();
  const watchdog = watchOver({ mark, directory });
  const stop = async () => {
    await watchdog.dismiss();
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const { file, args } = await prepare(directory);
    const environment = { ...process.env, [markVariable]: mark };
    await start(file, args, { directory, environment, isUp, timeout });
    return { directory, stop, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Start {
  readonly directory: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly isUp: () => Promise<boolean>;
  readonly timeout: number;
}

async function start(
  file: string,
  args: readonly string[],
  { directory, environment, isUp, timeout }: Start,
): Promise<void> {
  const child = spawn(file, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: directory,
    env: environment,
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed = (printed + text).slice(-PRINTED);
    });
  }
  const exited = once(child, 'exit').then(
    () => 'has ended',
    (error: Error) => `could not be started (${error.message})`,
  );
  const deadline = performance.now() + timeout;
  while (!(await isUp())) {
    const ended = await Promise.race([exited, sleep(INTERVAL, '')]);
    const late = performance.now() > deadline ? `is not up after ${timeout} ms` : '';
    if (ended !== '' || late !== '')
      throw new DebianStartError(`${file} ${ended || late}. ${printed.trim()}`);
  }
  child.unref();
  for (const stream of [child.stdout, child.stderr]) {
    if ('unref' in stream && typeof stream.unref === 'function') stream.unref();
  }
}
