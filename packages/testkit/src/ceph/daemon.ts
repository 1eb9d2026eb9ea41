import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { DebianStartError } from '../debian/errors.js';
import { PortTakenError } from './port-taken.js';

export interface DaemonOptions {
  /** What Ceph calls it: `mon.a`, `osd.0`, `client.rgw`. Its log is named after it. */
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  /** The cluster's folder. */
  readonly directory: string;
  readonly environment: NodeJS.ProcessEnv;
}

/** A daemon in the foreground, our own child. */
export interface Daemon {
  readonly name: string;
  readonly pid: number | undefined;
  /**
   * @throws DebianStartError when it has ended; PortTakenError when it waits for a port that another
   * process has.
   */
  check(): Promise<void>;
  /** The end of its log. */
  logTail(): Promise<string>;
  /** Ends it at once: what it holds is thrown away, and a graceful end takes seconds. */
  kill(): Promise<void>;
}

export function startDaemon(options: DaemonOptions): Daemon {
  const { name, directory } = options;
  const log = `${directory}/log/${name}.log`;
  const printed = `${directory}/log/${name}.out`;
  const output = openSync(printed, 'a');
  const child = spawn(options.file, options.args, {
    stdio: ['ignore', output, output],
    cwd: directory,
    env: options.environment,
  });
  closeSync(output);
  let ending: string | undefined;
  const ended = once(child, 'exit').then(
    ([code, signal]) => {
      ending = signal === null ? `ended with status ${code}` : `was ended by ${signal}`;
    },
    (error: Error) => {
      ending = `could not be started (${error.message})`;
    },
  );
  child.unref();

  const logTail = async () => {
    const texts = await Promise.all(
      [log, printed].map((file) => readFile(file, 'utf8').catch(() => '')),
    );
    return texts
      .map((text) => text.trimEnd().split('\n').slice(-15).join('\n').slice(-4000))
      .filter((text) => text !== '')
      .join('\n');
  };
  return {
    name,
    pid: child.pid,
    logTail,
    async check() {
      const stopped = ending;
      const tail = await logTail();
      // neither the monitor nor the gateway ends by itself then
      if (tail.includes('Address already in use')) {
        throw new PortTakenError(`A port of Ceph's ${name} is taken. Its log ends:\n${tail}`);
      }
      if (stopped !== undefined) {
        throw new DebianStartError(`Ceph's ${name} ${stopped}. Its log ends:\n${tail}`);
      }
    },
    async kill() {
      child.ref();
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/**
 * Asks a daemon on its admin socket: a command as JSON ended by a zero byte, answered by four bytes
 * of length and JSON. Undefined as long as it does not answer.
 *
 * @see https://docs.ceph.com/en/latest/man/8/ceph/#daemon
 */
export async function askDaemon(socket: string, command: string): Promise<unknown> {
  const connection = createConnection(socket);
  connection.setTimeout(5000, () => connection.destroy(new Error('timeout')));
  try {
    connection.write(`${JSON.stringify({ prefix: command, format: 'json' })}\0`);
    const chunks: Buffer[] = [];
    for await (const chunk of connection) chunks.push(chunk);
    return JSON.parse(Buffer.concat(chunks).subarray(4).toString('utf8'));
  } catch {
    return undefined; // not listening yet, or not able to answer yet
  } finally {
    connection.destroy();
  }
}
