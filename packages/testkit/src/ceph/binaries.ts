import { join } from 'node:path';
import { type DebianCommand, debianCommand } from '../debian/command.js';
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
): DebianCommand {
  const { architecture } = release;
  return debianCommand({ directory: root, architecture }, `usr/bin/${program}`, args, ['ceph']);
}

/** Where a release keeps its libraries, and Ceph's plug-ins below them. */
export function libraryDirectory({ release, root }: Binaries): string {
  return join(root, 'usr', 'lib', release.architecture.triplet);
}
