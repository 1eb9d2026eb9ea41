import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CommandError, run } from '../daemons/command.js';
import { freePorts } from '../daemons/ports.js';
import { markVariable, watchOver } from '../daemons/watchdog.js';
import { DebianStartError } from '../debian/errors.js';
import { type Binaries, commandOf, type Program } from './binaries.js';
import { adminSocket, configuration } from './configuration.js';
import { askDaemon, type Daemon, startDaemon } from './daemon.js';
import { answers, type CephCredentials } from './gateway.js';
import { PortTakenError } from './port-taken.js';

export interface ClusterOptions {
  readonly binaries: Binaries;
  /** The gateway's port; 0 for a free one. */
  readonly port: number;
  readonly memoryBytes: number;
  readonly lifecycleDaySeconds: number | undefined;
  /** How long the start may take, in milliseconds. */
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
}

export interface Cluster {
  readonly endpoint: string;
  readonly credentials: CephCredentials;
  readonly secondCredentials: CephCredentials;
  /** Kills the gateway, and starts it anew after some milliseconds. Resolves when it answers. */
  restartGateway(pause: number): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts a monitor, an object store and a gateway in a temporary folder, and makes two users.
 *
 * @throws PortTakenError when a port was taken in between; DebianStartError when a daemon does not
 * come up.
 */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const directory = await temporaryDirectory();
  const mark = randomUUID();
  const watchdog = watchOver({ mark, directory });
  const daemons: Daemon[] = [];
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= (async () => {
      await Promise.all(daemons.map((daemon) => daemon.kill()));
      await watchdog.dismiss();
      await rm(directory, { recursive: true, force: true, maxRetries: 5 });
    })();
    return stopped;
  };
  const timeout = AbortSignal.timeout(options.timeout);
  const signal = AbortSignal.any([timeout, ...(options.signal ? [options.signal] : [])]);
  try {
    const gateway = await launch(options, { directory, mark, daemons, signal });
    return { ...gateway, stop };
  } catch (error) {
    const failure = await explain(error, options, timeout, daemons);
    await stop();
    throw failure;
  }
}

interface Launch {
  readonly directory: string;
  readonly mark: string;
  readonly daemons: Daemon[];
  readonly signal: AbortSignal;
}

async function launch(
  { binaries, port, memoryBytes, lifecycleDaySeconds, timeout }: ClusterOptions,
  { directory, mark, daemons, signal }: Launch,
): Promise<Omit<Cluster, 'stop'>> {
  const [gatewayPort = 0, monitorPort = 0] = await freePorts([port, 0]).catch((cause: unknown) => {
    throw new PortTakenError(String(cause), { cause });
  });
  const clusterId = randomUUID();
  const settings = {
    ...{ directory, clusterId, monitorPort, gatewayPort },
    ...{ memoryBytes, lifecycleDaySeconds },
  };
  for (const folder of ['log', 'mon', 'osd', 'rgw']) await mkdir(join(directory, folder));
  const file = join(directory, 'ceph.conf');
  await writeFile(file, configuration(binaries, settings));
  await writeFile(join(directory, 'keyring'), '');

  // no variable of Ceph's, the linker's or the C library's is to reach the daemons
  const { PATH } = process.env;
  const environment = { PATH, LANG: 'C.UTF-8', [markVariable]: mark };
  const command = (program: Program, args: readonly string[]) =>
    commandOf(binaries, program, ['-c', file, ...args]);
  const tool = (program: Program, ...args: string[]) => {
    const { file, args: all } = command(program, args);
    return run(file, all, { environment, directory, signal });
  };
  const daemon = (name: string, program: Program, ...args: string[]): Daemon => {
    const started = startDaemon({
      ...{ name, directory, environment },
      ...command(program, [...args, '-f']),
    });
    daemons.push(started);
    return started;
  };
  const until = async (ready: () => Promise<boolean>, patience = signal) => {
    while (!(await ready())) {
      for (const daemon of daemons) await daemon.check();
      await sleep(20, undefined, { signal: patience });
    }
    for (const daemon of daemons) await daemon.check();
  };
  const stateIs = async (name: 'mon.a' | 'osd.0', command: string, state: string) => {
    const status = await askDaemon(adminSocket(directory, name), command);
    return (
      typeof status === 'object' && status !== null && 'state' in status && status.state === state
    );
  };

  const map = join(directory, 'monmap');
  const monitor = ['--addv', 'a', `[v2:127.0.0.1:${monitorPort}]`];
  await tool('monmaptool', '--create', '--fsid', clusterId, ...monitor, map);
  await tool('ceph-mon', '--mkfs', '-i', 'a', '--monmap', map);
  // without --no-mon-config it would first ask the monitor, which does not run yet
  await tool('ceph-osd', '--mkfs', '-i', '0', '--osd-uuid', randomUUID(), '--no-mon-config');
  daemon('mon.a', 'ceph-mon', '-i', 'a');
  await until(() => stateIs('mon.a', 'mon_status', 'leader'));
  daemon('osd.0', 'ceph-osd', '-i', '0'); // it enters itself in the monitor's maps
  await until(() => stateIs('osd.0', 'status', 'active')); // a client that is earlier waits 5 s

  const credentials = await createUser(tool, 'first');
  const secondCredentials = await createUser(tool, 'second');
  await addStorageClass(tool, 'STANDARD_IA');
  const endpoint = `http://127.0.0.1:${gatewayPort}`;
  const startGateway = async (patience: AbortSignal) => {
    const gateway = daemon('client.rgw', 'radosgw', '-n', 'client.rgw', '--no-mon-config');
    await until(() => answers(endpoint, credentials, patience), patience);
    return gateway;
  };
  let gateway = await startGateway(signal);
  const restartGateway = async (pause: number) => {
    await gateway.kill();
    daemons.splice(daemons.indexOf(gateway), 1);
    await sleep(pause);
    gateway = await startGateway(AbortSignal.timeout(timeout));
  };
  return { endpoint, credentials, secondCredentials, restartGateway };
}

type Tool = (program: Program, ...args: string[]) => Promise<string>;

async function createUser(tool: Tool, name: string): Promise<CephCredentials> {
  const accessKeyId = randomBytes(10).toString('hex').toUpperCase();
  const secretAccessKey = randomBytes(20).toString('hex');
  await tool(
    ...(['radosgw-admin', 'user', 'create', `--uid=${name}`, `--display-name=${name}`] as const),
    ...[`--access-key=${accessKeyId}`, `--secret-key=${secretAccessKey}`],
    '--max-buckets=0',
  );
  return { accessKeyId, secretAccessKey };
}

async function addStorageClass(tool: Tool, name: string): Promise<void> {
  const placement = [
    'placement',
    'add',
    '--placement-id=default-placement',
    `--storage-class=${name}`,
  ];
  await tool('radosgw-admin', 'zonegroup', ...placement, '--rgw-zonegroup=default');
  const pool = '--data-pool=default.rgw.buckets.data';
  await tool('radosgw-admin', 'zone', ...placement, '--rgw-zone=default', pool);
}

/** The error to report for one that ended a start, with the logs when the time ran out. */
async function explain(
  error: unknown,
  { timeout }: ClusterOptions,
  expired: AbortSignal,
  daemons: readonly Daemon[],
): Promise<unknown> {
  if (expired.aborted) {
    const logs = daemons.map(async ({ name, logTail }) => `${name}:\n${await logTail()}`);
    const text = (await Promise.all(logs)).join('\n');
    const message = `Ceph did not come up within ${timeout / 1000} s. Its logs end:\n${text}`;
    return new DebianStartError(message, { cause: error });
  }
  if (error instanceof CommandError) {
    return new DebianStartError(`Ceph could not be set up. ${error.message}`, { cause: error });
  }
  return error;
}

/** Linux allows 107 bytes for the path of a socket, and we need some for its name. */
async function temporaryDirectory(): Promise<string> {
  const parent = Buffer.byteLength(tmpdir()) > 80 ? '/tmp' : tmpdir();
  return mkdtemp(join(parent, 'ceph-'));
}
