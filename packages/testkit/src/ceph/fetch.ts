import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fetchPackages } from '../debian/fetch.js';
import { programs } from './binaries.js';
import type { Release } from './release.js';

/** The libraries and the programs we start, a third of what the packages hold. */
const needed = /^(radosgw|ceph-(base|common|mon|osd)|zlib1g|lib(?!python).*)$/;

/**
 * Downloads a release with everything it depends on, its own libc included, and unpacks it under
 * `directory`, which must exist and be empty.
 *
 * @throws DebianUnavailableError where there is no apt-get or no mirror of Debian; DebianFetchError
 * when a download fails.
 */
export async function fetchRelease(
  release: Release,
  directory: string,
  signal?: AbortSignal,
): Promise<void> {
  const whole = join(directory, 'whole');
  await mkdir(whole);
  const { suite, version, architecture } = release;
  const packages = ['radosgw', 'ceph-mon', 'ceph-osd'].map((name) => `${name}=${version}.*`);
  const unpacked = (name: string) => needed.test(name);
  await fetchPackages({ suite, packages, unpacked }, whole, signal);
  await mkdir(join(directory, 'usr', 'bin'), { recursive: true });
  await mkdir(join(directory, 'usr', 'lib'));
  const kept = [...programs.map((name) => `usr/bin/${name}`), `usr/lib/${architecture.triplet}`];
  for (const path of kept) await rename(join(whole, path), join(directory, path));
  await rm(whole, { recursive: true, force: true });
}
