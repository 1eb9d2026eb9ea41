import { run } from '../daemons/command.js';
import { cacheDirectory, cached } from '../debian/cache.js';
import { DebianStartError } from '../debian/errors.js';
import { type Binaries, commandOf } from './binaries.js';
import { startCluster } from './cluster.js';
import { fetchRelease } from './fetch.js';
import type { CephCredentials } from './gateway.js';
import { PortTakenError } from './port-taken.js';
import { type CephVersion, type Release, releaseOf } from './release.js';

export {
  DebianFetchError,
  DebianStartError,
  DebianUnavailableError,
  type DebianUnavailableReason,
} from '../debian/errors.js';
export type { CephCredentials } from './gateway.js';
export type { CephVersion } from './release.js';

export interface CephOptions {
  /** Default 20. */
  readonly version?: CephVersion;
  /** The gateway's port on 127.0.0.1. Default: a free one. */
  readonly port?: number;
  /** What the object store may hold, in bytes of memory, taken as it fills. Default 4 GiB. */
  readonly memoryBytes?: number;
  /**
   * Where the binaries are kept. Default $STORAGE_CEPH_CACHE, else `org-storage/ceph` in the
   * user's cache folder.
   */
  readonly cacheDirectory?: string;
  /** How long a day of lifecycle rules takes, in seconds. Default: a day. */
  readonly lifecycleDaySeconds?: number;
  /** How long the start may take once the binaries are there, in milliseconds. Default 120,000. */
  readonly startTimeout?: number;
  /** Ends the start; what it had started is stopped. */
  readonly signal?: AbortSignal;
}

/** A running gateway. It ends with this process at the latest, however that ends. */
export interface Ceph {
  /** As the gateway's binary states it, such as `20.2.1`. */
  readonly version: string;
  /** Such as `http://127.0.0.1:41234`. */
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: CephCredentials;
  /** Of a user who owns nothing of the first one's. */
  readonly secondCredentials: CephCredentials;
  /**
   * Kills the gateway as a crash would, and starts it anew after some milliseconds. What it had acknowledged is there.
   * @returns when it answers again.
   */
  restartGateway(pause: number): Promise<void>;
  /** Ends the daemons and removes their data. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** How often other ports are tried when one was taken between its choice and its use. */
const attempts = 5;

/**
 * Starts a RADOS gateway with a cluster of its own, in memory and on 127.0.0.1. The first start on
 * a machine downloads 150 MB from Debian; later ones take about two seconds.
 *
 * @throws DebianUnavailableError where it can't run (not Linux, no apt-get, no Debian mirror);
 * DebianFetchError when the download fails; DebianStartError, with the tail of the log, when a
 * daemon does not come up; the signal's reason on abort.
 */
export async function startCeph(options: CephOptions = {}): Promise<Ceph> {
  options.signal?.throwIfAborted();
  try {
    return await start(options);
  } catch (error) {
    options.signal?.throwIfAborted(); // Node's timers reject with an error of their own on abort
    throw error;
  }
}

async function start(options: CephOptions): Promise<Ceph> {
  const { signal, port = 0 } = options;
  const binaries = await binariesOf(
    releaseOf(options.version ?? 20),
    options.cacheDirectory ?? (process.env['STORAGE_CEPH_CACHE'] || cacheDirectory('ceph')),
    signal,
  );
  const version = await versionOf(binaries, signal);
  for (let attempt = 1; ; attempt++) {
    try {
      const cluster = await startCluster({
        binaries,
        port,
        memoryBytes: options.memoryBytes ?? 4 * 1024 ** 3,
        lifecycleDaySeconds: options.lifecycleDaySeconds,
        timeout: options.startTimeout ?? 120_000,
        signal,
      });
      return { version, region: 'us-east-1', ...cluster, [Symbol.asyncDispose]: cluster.stop };
    } catch (error) {
      if (!(error instanceof PortTakenError) || port !== 0 || attempt === attempts) throw error;
    }
  }
}

async function binariesOf(
  release: Release,
  cache: string,
  signal?: AbortSignal,
): Promise<Binaries> {
  const name = `${release.suite}-${release.architecture.name}`;
  const fill = (entry: string) => fetchRelease(release, entry, signal);
  return { release, root: await cached(cache, name, fill, signal) };
}

async function versionOf(binaries: Binaries, signal?: AbortSignal): Promise<string> {
  const { file, args } = commandOf(binaries, 'radosgw', ['--version']);
  const printed = await run(file, args, { environment: { LANG: 'C.UTF-8' }, signal });
  const version = /^ceph version (\d+\.\d+\.\d+)/m.exec(printed)?.[1];
  if (version !== undefined) return version;
  throw new DebianStartError(
    `The gateway in ${binaries.root} does not state its version: ${printed}`,
  );
}
