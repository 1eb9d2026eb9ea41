import { type ChildProcess, execFile } from 'node:child_process';
import type { User } from './user.js';

export interface CommandOptions {
  readonly environment?: NodeJS.ProcessEnv;
  readonly directory?: string;
  /** Who runs it; default the user of this process. */
  readonly user?: User | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A tool that ended with another status than 0, or by a signal. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  /** The last 4,000 characters of what it printed. */
  readonly output: string;

  constructor(command: string, output: string, cause: Error) {
    super(`${command} failed: ${output.trim().slice(-4000) || cause.message}`, { cause });
    this.output = output.slice(-4000);
  }
}

/**
 * Runs a tool to its end and returns what it wrote to its standard output.
 *
 * @throws CommandError when it fails; an error with code ENOENT when there is no such tool; the
 * signal's reason on abort.
 */
export function run(
  file: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const { environment = process.env, directory, user, signal } = options;
  return new Promise((resolve, reject) => {
    const settings = {
      ...user,
      ...{ env: environment, cwd: directory, maxBuffer: 64 * 1024 * 1024 },
      ...{ signal, killSignal: 'SIGKILL' as const },
    };
    const child = execFile(file, args, settings, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else if (signal?.aborted) {
        // killed, but maybe not gone yet: it could still write into what the caller cleans up
        if (child.pid === undefined || hasExited(child)) reject(signal.reason);
        else child.once('exit', () => reject(signal.reason));
      } else if (error.code === 'ENOENT') reject(error);
      else reject(new CommandError(file, `${stdout}${stderr}`, error));
    });
    child.stdin?.end();
  });
}

function hasExited({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}
