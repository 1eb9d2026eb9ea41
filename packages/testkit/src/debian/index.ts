import { createHash } from 'node:crypto';
import { architectureOf } from './architecture.js';
import { cacheDirectory, cached } from './cache.js';
import { type DebianCommand, debianCommand } from './command.js';
import { fetchPackages } from './fetch.js';
import { libraryDirectories } from './libraries.js';

export type { DebianCommand } from './command.js';
export {
  type DebianDaemon,
  type DebianDaemonOptions,
  startDebianDaemon,
} from './daemon.js';
export {
  DebianFetchError,
  DebianStartError,
  DebianUnavailableError,
  type DebianUnavailableReason,
} from './errors.js';

export interface DebianRootOptions {
  /** Names of packages, such as `nginx`; what they depend on comes with them. */
  readonly packages: readonly string[];
  /** Default `trixie`. */
  readonly suite?: string | undefined;
  /** Which of the downloaded packages are unpacked. Default: all. */
  readonly unpacked?: ((name: string) => boolean) | undefined;
  /** Where it is kept. Default $STORAGE_DEBIAN_CACHE, else `org-storage/debian` in the user's cache folder. */
  readonly cacheDirectory?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Packages of Debian, unpacked and not installed: none of their scripts has run. */
export interface DebianRoot {
  /** What would be `/`. */
  readonly directory: string;
  /** Where the libraries are, as LD_LIBRARY_PATH has it. */
  readonly libraryPath: string;
  /**
   * How to run a program, by the dynamic linker and the libraries of the packages, whatever libc this system has.
   * @param path such as `usr/sbin/nginx`.
   */
  command(path: string, args?: readonly string[]): DebianCommand;
}

/**
 * Packages of Debian without root and without installing them. The first call on a machine downloads them from the mirror that apt is
 * configured with (or STORAGE_DEBIAN_MIRROR); later ones find them in the cache.
 *
 * @throws DebianUnavailableError where that can't be (not Linux, no apt-get, no mirror of Debian); DebianFetchError when the download
 * fails; the signal's reason on abort.
 */
export async function debianRoot(options: DebianRootOptions): Promise<DebianRoot> {
  const { packages, suite = 'trixie', unpacked, signal } = options;
  const architecture = architectureOf();
  const { STORAGE_DEBIAN_CACHE: own } = process.env;
  const cache = options.cacheDirectory ?? (own || cacheDirectory('debian'));
  const name = `${suite}-${architecture.name}-${nameOf(packages)}`;
  const fill = (entry: string) => fetchPackages({ suite, packages, unpacked }, entry, signal);
  const directory = await cached(cache, name, fill, signal);
  return {
    directory,
    libraryPath: (await libraryDirectories(directory, architecture.triplet)).join(':'),
    command: (path, args = []) => debianCommand({ directory, architecture }, path, args),
  };
}

/** Short, and of letters that file names take. */
function nameOf(packages: readonly string[]): string {
  const names = [...packages].sort().join('+');
  if (/^[a-z0-9.+-]{1,60}$/.test(names)) return names;
  return createHash('sha256').update(names).digest('hex').slice(0, 16);
}
