import { readlinkSync } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Descriptor } from './descriptor.js';
import { isMissing, linkError } from './file-error.js';
import type { Root } from './root.js';

/**
 * The path by which the kernel knows an open descriptor, free of links; `undefined` where it does not tell (no `/proc`).
 * Synchronous, since it never waits for a disk.
 */
export function pathOfDescriptor(fd: number): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return undefined;
  }
}

/**
 * @throws StorageError `AccessDenied` if a part of the path is a symbolic link.
 */
export async function refuseLinks(root: Root, segments: readonly string[]): Promise<void> {
  let path = root.path;
  for (const [index, segment] of segments.entries()) {
    path = join(path, segment);
    try {
      const found = await root.disk.find(path);
      if (found === undefined) return;
      if (found.isSymbolicLink()) throw linkError(segments.slice(0, index + 1).join('/'));
    } catch (error) {
      if (isMissing(error)) return;
      throw error;
    }
  }
}

/**
 * Whether an open descriptor is what stands at a path of the root, so that no link led elsewhere. `open` looks at the whole
 * path at once, and a link put in the place of a parent is followed even with `O_NOFOLLOW`: so the descriptor is
 * asked afterwards where it is.
 * @param known where the kernel has told that the descriptor is.
 * @returns `false` if the path names something else by now: try again.
 * @throws StorageError `AccessDenied` if there is a link.
 */
export async function standsAt(
  descriptor: Descriptor,
  root: Root,
  segments: readonly string[],
  known = pathOfDescriptor(descriptor.fd),
): Promise<boolean> {
  const path = join(root.path, ...segments);
  if (known === path) return true;
  await refuseLinks(root, segments);
  // Links may come and go faster than anybody looks: what the kernel tells counts, where it is known to tell the truth.
  // Unless it tells a file by another of its spellings.
  if (known !== undefined && root.traceable && !root.spelling.folds) return false;
  const [open, there] = await Promise.all([descriptor.stat(), lstat(path, { bigint: true })]);
  return open.ino === there.ino && open.dev === there.dev;
}
