import { access, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { CommandError, run } from '../daemons/command.js';
import { architectureOf } from './architecture.js';
import { DebianFetchError } from './errors.js';
import { configuredMirror, type Mirror } from './mirror.js';

export interface DebianPackages {
  /** Such as `trixie`. */
  readonly suite: string;
  /** Names as apt takes them, such as `nginx` or `radosgw=20.*`; what they depend on comes with them, libc included. */
  readonly packages: readonly string[];
  /** Which of the downloaded packages are unpacked. Default: all. */
  readonly unpacked?: ((name: string) => boolean) | undefined;
}

/** Where Debian's own package puts its archive keys; newer systems use the second name. */
const debianKeyrings = [
  '/usr/share/keyrings/debian-archive-keyring.gpg',
  '/usr/share/keyrings/debian-archive-keyring.pgp',
];

/**
 * Downloads packages with everything that they depend on, and unpacks them under `directory`, which must exist. Installs nothing, runs none
 * of their scripts and needs no root: apt-get works on a state directory of its own, with the mirror, proxy and certificates that apt is
 * configured with.
 *
 * @throws DebianUnavailableError where there is no apt-get or no mirror of Debian; DebianFetchError when a download fails.
 */
export async function fetchPackages(
  { suite, packages, unpacked = () => true }: DebianPackages,
  directory: string,
  signal?: AbortSignal,
): Promise<void> {
  const { name: architecture } = architectureOf();
  const mirror = await configuredMirror(signal);
  const apt = join(directory, 'apt');
  const configuration = await writeConfiguration(suite, architecture, mirror, apt);
  const aptGet = (...args: string[]) =>
    run('apt-get', ['-qq', '-c', configuration, ...args], { signal });
  try {
    await aptGet('update');
    await aptGet(
      ...['install', '--yes', '--download-only', '--no-install-recommends', '--'],
      ...packages,
    );
    await unpack(join(apt, 'cache', 'archives'), unpacked, directory, signal);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new DebianFetchError(
      `${packages.join(', ')} could not be fetched from ${mirror.uri} (suite ${suite}, ${architecture}). ${error.message}`,
      { cause: error },
    );
  }
  await rm(apt, { recursive: true, force: true });
}

/**
 * A configuration that apt reads on top of the system's: that keeps its proxy, certificates and
 * credentials, and replaces what is about this system's own packages.
 */
async function writeConfiguration(
  suite: string,
  architecture: string,
  mirror: Mirror,
  apt: string,
): Promise<string> {
  await mkdir(join(apt, 'state', 'lists', 'partial'), { recursive: true });
  await mkdir(join(apt, 'cache', 'archives', 'partial'), { recursive: true });
  await writeFile(join(apt, 'status'), '');
  const keyring = await firstExisting([
    ...(mirror.signedBy === undefined ? [] : [mirror.signedBy]),
    ...debianKeyrings,
  ]);
  const options = keyring === undefined ? '' : `[signed-by=${keyring}] `;
  await writeFile(join(apt, 'sources.list'), `deb ${options}${mirror.uri} ${suite} main\n`);
  const path = join(apt, 'apt.conf');
  const lines = [
    // hooks tidy the system's own cache, and a default release names one of its suites
    '#clear APT::Update::Pre-Invoke;',
    '#clear APT::Update::Post-Invoke;',
    '#clear APT::Update::Post-Invoke-Success;',
    '#clear DPkg::Pre-Invoke;',
    '#clear DPkg::Post-Invoke;',
    '#clear DPkg::Pre-Install-Pkgs;',
    '#clear APT::Default-Release;',
    '#clear APT::Architectures;',
    `APT::Architecture "${architecture}";`,
    `APT::Architectures { "${architecture}"; };`,
    'APT::Sandbox::User "root";', // the user _apt can't write to a folder of ours
    'Acquire::Languages "none";',
    'Acquire::Retries "3";',
    'APT::Update::Error-Mode "any";', // else a mirror that can't be reached is a warning
    `Dir::Etc::SourceList "${join(apt, 'sources.list')}";`,
    'Dir::Etc::SourceParts "/dev/null";',
    'Dir::Etc::Preferences "/dev/null";',
    'Dir::Etc::PreferencesParts "/dev/null";',
    `Dir::State "${join(apt, 'state')}";`,
    `Dir::State::status "${join(apt, 'status')}";`,
    `Dir::Cache "${join(apt, 'cache')}";`,
    `Dir::Log "${apt}";`,
  ];
  await writeFile(path, `${lines.join('\n')}\n`);
  return path;
}

async function unpack(
  archives: string,
  unpacked: (name: string) => boolean,
  directory: string,
  signal?: AbortSignal,
): Promise<void> {
  const packages = (await readdir(archives)).filter(
    (file) => file.endsWith('.deb') && unpacked(file.slice(0, file.indexOf('_'))),
  );
  const worker = async () => {
    for (let file = packages.pop(); file !== undefined; file = packages.pop()) {
      await run('dpkg-deb', ['-x', join(archives, file), directory], { signal });
    }
  };
  await Promise.all(Array.from({ length: Math.min(4, availableParallelism()) }, worker));
}

async function firstExisting(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    const exists = await access(path).then(
      () => true,
      () => false,
    );
    if (exists) return path;
  }
  return undefined;
}
