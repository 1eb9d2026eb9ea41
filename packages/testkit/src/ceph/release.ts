import { CephUnavailableError } from './errors.js';

/**
 * Major versions that can be started. 20 answers nearly everything as AWS does; 18 lacks some of
 * it.
 */
export type CephVersion = 20 | 18;

/** Where one version of Ceph comes from, for this machine. */
export interface Release {
  readonly version: CephVersion;
  /** The Debian suite that carries it. */
  readonly suite: string;
  readonly architecture: 'amd64' | 'arm64';
  /** The folder under `usr/lib` that holds the libraries. */
  readonly triplet: string;
}

const suites: Readonly<Record<CephVersion, string>> = { 20: 'sid', 18: 'trixie' };

/**
 * The release of a version for the platform this process runs on.
 *
 * @throws CephUnavailableError where Debian's binaries don't run.
 */
export function releaseOf(
  version: CephVersion,
  platform: string = process.platform,
  machine: string = process.arch,
): Release {
  const suite = suites[version];
  if (suite === undefined) {
    throw new RangeError(`No Ceph ${version} is known, only ${Object.keys(suites).join(' and ')}.`);
  }
  if (platform === 'linux' && machine === 'x64') {
    return { version, suite, architecture: 'amd64', triplet: 'x86_64-linux-gnu' };
  }
  if (platform === 'linux' && machine === 'arm64') {
    return { version, suite, architecture: 'arm64', triplet: 'aarch64-linux-gnu' };
  }
  throw new CephUnavailableError(
    'platform',
    `Ceph runs on Linux on x86_64 or arm64 only, not on ${platform} ${machine}: use a Debian container, or point S3_ENDPOINT at another S3 server.`,
  );
}
