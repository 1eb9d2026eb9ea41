import { access, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { CommandError, run } from '../daemons/command.js';
import { programs } from './binaries.js';
import { CephFetchError, CephUnavailableError } from './errors.js';
import type { Release } from './release.js';
import { debianMirror, parseDeb822Sources, parseOneLineSources, type Source } from './sources.js';

/** Where Debian's own package puts its archive keys; newer systems use the second name. */
const debianKeyrings = [
  '/usr/share/keyrings/debian-archive-keyring.gpg',
  '/usr/share/keyrings/debian-archive-keyring.pgp',
];

/**
 * Downloads a release with everything it depends on, its own libc included, and unpacks it under
 * `directory`, which must exist and be empty. Installs nothing and needs no root: apt-get works on
 * a state directory of its own, with the mirror, proxy and certificates that apt is configured
 * with.
 *
 * @throws CephUnavailableError where there is no apt-get or no mirror of Debian; CephFetchError
 * when a download fails.
 */
export async function fetchRelease(
  release: Release,
  directory: string,
  signal?: AbortSignal,
): Promise<void> {
  const mirror = await configuredMirror(signal);
  const apt = join(directory, 'apt');
  const configuration = await writeConfiguration(release, mirror, apt);
  const aptGet = (...args: string[]) =>
    run('apt-get', ['-qq', '-c', configuration, ...args], { signal });
  try {
    await aptGet('update');
    await aptGet(
      ...['install', '--yes', '--download-only', '--no-install-recommends'],
      ...['radosgw', 'ceph-mon', 'ceph-osd'].map((name) => `${name}=${release.version}.*`),
    );
    await unpack(release, join(apt, 'cache', 'archives'), directory, signal);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new CephFetchError(
      `Ceph ${release.version} could not be fetched from ${mirror.uri} (suite ${release.suite}, ${release.architecture}). ${error.message}`,
      { cause: error },
    );
  }
  await rm(apt, { recursive: true, force: true });
}

/** The mirror named by STORAGE_CEPH_MIRROR, else the one in apt's sources. */
async function configuredMirror(signal?: AbortSignal): Promise<Pick<Source, 'uri' | 'signedBy'>> {
  const sources = await aptSources(signal);
  const { STORAGE_CEPH_MIRROR: named } = process.env;
  const mirror = named ? { uri: named } : debianMirror(sources);
  if (mirror !== undefined) return mirror;
  throw new CephUnavailableError(
    'no-mirror',
    'Ceph comes from Debian, and apt is configured with no mirror of it: name one in STORAGE_CEPH_MIRROR (such as https://deb.debian.org/debian, with the package debian-archive-keyring installed), or point S3_ENDPOINT at another S3 server.',
  );
}

async function aptSources(signal?: AbortSignal): Promise<Source[]> {
  const names = ['LIST', 'Dir::Etc::sourcelist/f', 'PARTS', 'Dir::Etc::sourceparts/d'];
  let output: string;
  try {
    output = await run('apt-config', ['shell', ...names], { signal });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    throw new CephUnavailableError(
      'no-apt',
      'Ceph is fetched with apt-get, and this system has none: use a Debian container, or point S3_ENDPOINT at another S3 server.',
    );
  }
  const path = (name: string) => new RegExp(`^${name}='(.*)'$`, 'm').exec(output)?.[1] ?? '';
  const parts = path('PARTS');
  const files = parts === '' ? [] : await readdir(parts).catch(() => []);
  const read = (file: string) => readFile(file, 'utf8').catch(() => '');
  const sources = parseOneLineSources(path('LIST') === '' ? '' : await read(path('LIST')));
  for (const file of files.sort()) {
    if (file.endsWith('.list')) sources.push(...parseOneLineSources(await read(join(parts, file))));
    if (file.endsWith('.sources')) {
      sources.push(...parseDeb822Sources(await read(join(parts, file))));
    }
  }
  return sources;
}

/**
 * A configuration that apt reads on top of the system's: that keeps its proxy, certificates and
 * credentials, and replaces what is about this system's own packages.
 */
async function writeConfiguration(
  release: Release,
  mirror: Pick<Source, 'uri' | 'signedBy'>,
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
  await writeFile(join(apt, 'sources.list'), `deb ${options}${mirror.uri} ${release.suite} main\n`);
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
    `APT::Architecture "${release.architecture}";`,
    `APT::Architectures { "${release.architecture}"; };`,
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

/** Unpacks the libraries and the programs we start, a third of what the packages hold. */
async function unpack(
  release: Release,
  archives: string,
  directory: string,
  signal?: AbortSignal,
): Promise<void> {
  const needed = /^(radosgw|ceph-(base|common|mon|osd)|zlib1g|lib(?!python)[^_]*)_/;
  const packages = (await readdir(archives)).filter(
    (name) => name.endsWith('.deb') && needed.test(name),
  );
  const whole = join(directory, 'apt', 'unpacked');
  await mkdir(whole);
  const worker = async () => {
    for (let name = packages.pop(); name !== undefined; name = packages.pop()) {
      await run('dpkg-deb', ['-x', join(archives, name), whole], { signal });
    }
  };
  await Promise.all(Array.from({ length: Math.min(4, availableParallelism()) }, worker));
  await mkdir(join(directory, 'usr', 'bin'), { recursive: true });
  await mkdir(join(directory, 'usr', 'lib'));
  const kept = [...programs.map((name) => `usr/bin/${name}`), `usr/lib/${release.triplet}`];
  for (const path of kept) await rename(join(whole, path), join(directory, path));
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
