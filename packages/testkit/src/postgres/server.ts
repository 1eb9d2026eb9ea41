import { spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmod, chown, mkdtemp, open, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CommandError, run } from '../daemons/command.js';
import { freePorts } from '../daemons/ports.js';
import { type User, unprivilegedUser } from '../daemons/user.js';
import { markVariable, type Watchdog, watchOver } from '../daemons/watchdog.js';
import { placeBinaries } from './binaries.js';
import { PostgresStartError } from './errors.js';

export interface ServerOptions {
  readonly settings: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

export interface Server {
  readonly port: number;
  readonly password: string;
  readonly version: string;
  stop(): Promise<void>;
}

/** Where a server lies, and as whom and how its programs run. */
interface Place {
  readonly directory: string;
  readonly user: User;
  readonly environment: NodeJS.ProcessEnv;
  readonly watchdog: Watchdog;
}

/** A port that was free when it was chosen is taken now. */
export class PortTakenError extends PostgresStartError {}

/** Makes a database cluster in a temporary folder and starts its server. */
export async function startServer(options: ServerOptions): Promise<Server> {
  const user = await unprivilegedUser();
  const directory = await realpath(await mkdtemp(join(tmpdir(), 'postgres-')));
  const mark = randomUUID();
  const place: Place = {
    ...{ directory, user },
    // no variable of PostgreSQL's, the linker's or the C library's is to reach the server
    environment: { PATH: process.env['PATH'], LANG: 'C', TZ: 'UTC', [markVariable]: mark },
    // told to quit, it takes its shared memory with it
    watchdog: watchOver({ mark, directory, signal: 'QUIT' }),
  };
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= place.watchdog
      .dismiss()
      .then(() => rm(directory, { recursive: true, force: true }));
    return stopped;
  };
  try {
    await chmod(directory, 0o755);
    const password = await initialize(place, options.signal);
    return { password, ...(await serve(place, options)), stop };
  } catch (error) {
    await stop();
    if (!(error instanceof CommandError)) throw error;
    throw new PostgresStartError(`PostgreSQL could not be set up. ${error.message}`, {
      cause: error,
    });
  }
}

/** @returns the password of the user `postgres`. */
async function initialize(place: Place, signal: AbortSignal): Promise<string> {
  const { directory, user, environment } = place;
  await placeBinaries(join(directory, 'postgresql'));
  await chown(directory, user.uid, user.gid);
  const password = randomBytes(16).toString('hex');
  const file = join(directory, 'password');
  await writeFile(file, password, { mode: 0o600 });
  await chown(file, user.uid, user.gid);
  const args = [
    ...[`--pgdata=${join(directory, 'data')}`, '--username=postgres', `--pwfile=${file}`],
    ...['--auth=scram-sha-256', '--encoding=UTF8', '--no-sync', '--no-instructions'],
    // an order of text that is not the order of bytes, as most databases have
    ...['--locale=C', '--locale-provider=icu', '--icu-locale=und'],
  ];
  await run(join(directory, 'postgresql', 'bin', 'initdb'), args, {
    ...{ environment, directory, user, signal },
  });
  return password;
}

async function serve(
  { directory, user, environment }: Place,
  { settings, signal }: ServerOptions,
): Promise<Pick<Server, 'port' | 'version'>> {
  const [port = 0] = await freePorts([0]);
  const all: Readonly<Record<string, string>> = {
    ...{ listen_addresses: '127.0.0.1', port: String(port), unix_socket_directories: '' },
    // nothing outside of the folder, and nothing that is to outlive a power failure
    ...{ dynamic_shared_memory_type: 'mmap', shared_buffers: '32MB' },
    ...{ fsync: 'off', full_page_writes: 'off', ...settings },
  };
  const data = join(directory, 'data');
  const printed = join(directory, 'printed');
  const output = await open(printed, 'a');
  signal.throwIfAborted();
  const child = spawn(
    join(directory, 'postgresql', 'bin', 'postgres'),
    ['-D', data, ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    { ...user, stdio: ['ignore', output.fd, output.fd], cwd: directory, env: environment },
  );
  let ended = false;
  once(child, 'exit').then(
    () => {
      ended = true;
    },
    () => {
      ended = true;
    },
  );
  child.unref();
  await output.close();
  for (;;) {
    const over = ended || signal.aborted;
    const text = await readFile(printed, 'utf8');
    const version = /starting PostgreSQL (\d+\.\d+)/.exec(text)?.[1];
    if (version !== undefined && text.includes('ready to accept connections'))
      return { port, version };
    if (text.includes('Address already in use'))
      throw new PortTakenError(`The port ${port} is taken.`);
    if (over) {
      throw new PostgresStartError(
        `PostgreSQL did not come up. It printed:\n${text.trimEnd().slice(-4000)}`,
        { cause: signal.reason },
      );
    }
    await sleep(20);
  }
}
