import { type Architecture, architectureOf } from '../debian/architecture.js';

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
  readonly architecture: Architecture;
}

const suites: Readonly<Record<CephVersion, string>> = { 20: 'sid', 18: 'trixie' };

/**
 * The release of a version for the platform this process runs on.
 *
 * @throws DebianUnavailableError where Debian's binaries don't run.
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
  return { version, suite, architecture: architectureOf(platform, machine) };
}
