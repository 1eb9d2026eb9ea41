import { join } from 'node:path';
import type { Release } from './release.js';

export const programs = ['ceph-mon', 'ceph-osd', 'radosgw', 'radosgw-admin', 'monmaptool'] as const;
export type Program = (typeof programs)[number];

/** A release unpacked under a root. */
export interface Binaries {
  readonly release: Release;
  readonly root: string;
}

/**
 * The command that runs a program of a release by the release's own dynamic linker and libraries,
 * whatever libc this system has.
 */
export function commandOf(
  { release, root }: Binaries,
  program: Program,
  args: readonly string[],
): { readonly file: string; readonly args: readonly string[] } {
  const libraries = libraryDirectory({ release, root });
  const linker =
    release.architecture === 'amd64' ? 'ld-linux-x86-64.so.2' : 'ld-linux-aarch64.so.1';
  return {
    file: join(libraries, linker),
    args: [
      ...['--library-path', `${libraries}:${libraries}/ceph`],
      ...['--argv0', program],
      join(root, 'usr', 'bin', program),
      ...args,
    ],
  };
}

/** Where a release keeps its libraries, and Ceph's plug-ins below them. */
export function libraryDirectory({ release, root }: Binaries): string {
  return join(root, 'usr', 'lib', release.triplet);
}
