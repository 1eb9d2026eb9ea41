import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Change, Race } from './race.js';
import type { FromRacer, ToRacer } from './racer-messages.js';

/** How another process comes to the store. */
export interface RacerModule<Settings> {
  /** What Node runs in it: a module that calls `joinRace`. */
  readonly module: URL | string;
  /** Handed to the function that `joinRace` was called with: whatever a structured clone carries. */
  readonly settings: Settings;
  /** Of Node, such as a loader for TypeScript: `['--import', 'tsx']`. Default: none. */
  readonly execArgv?: readonly string[] | undefined;
}

/**
 * A race in which every racer is a process of its own. They start together when all have opened the store, and have ended, if
 * need be by force, when the race resolves or rejects.
 */
export function raceInProcesses<Settings>(racer: RacerModule<Settings>): Race {
  return async (tasks, { signal } = {}) => {
    signal?.throwIfAborted();
    const racers = tasks.map((task) => ({ task, ...startRacer(racer) }));
    const end = () => {
      for (const { child } of racers) child.kill('SIGKILL');
    };
    signal?.addEventListener('abort', end, { once: true });
    try {
      const { settings } = racer;
      await Promise.all(racers.map(({ ask }) => ask({ type: 'open', settings })));
      return await Promise.all(
        racers.map(async ({ ask, task }): Promise<readonly Change[]> => {
          const answer = await ask({ type: 'start', task });
          return answer.type === 'done' ? answer.changes : [];
        }),
      );
    } finally {
      signal?.removeEventListener('abort', end);
      end();
      await Promise.all(racers.map(({ ended }) => ended));
    }
  };
}

interface RunningRacer<Settings> {
  readonly child: ChildProcess;
  /** Resolves when the process is gone. */
  readonly ended: Promise<unknown>;
  /** Rejects if the racer fails, or ends without an answer. */
  ask(message: ToRacer<Settings>): Promise<FromRacer>;
}

function startRacer<Settings>({
  module,
  execArgv = [],
}: RacerModule<Settings>): RunningRacer<Settings> {
  const child = fork(module, {
    execArgv: [...execArgv],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let printed = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  const ended = once(child, 'close').catch(() => {}); // a process that could not be started
  return {
    child,
    ended,
    ask: (message) =>
      new Promise((resolve, reject) => {
        child.once('error', reject);
        child.once('message', (answer: FromRacer) => {
          if (answer.type === 'failed') reject(new Error(`a racer failed: ${answer.message}`));
          else resolve(answer);
        });
        child.once('close', (code, signal) => {
          reject(new Error(`a racer ended (${signal ?? code}): ${printed}`));
        });
        child.send(message, (error) => {
          if (error !== null && child.connected) reject(error); // else `close` tells more
        });
      }),
  };
}
