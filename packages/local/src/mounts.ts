import { readFile, statfs } from 'node:fs/promises';
import { isMissing } from './file-error.js';

/**
 * File systems of Linux that are on this machine, by their numbers in statfs(2): ext2 to ext4, XFS, Btrfs, F2FS, ZFS, tmpfs and
 * overlayfs. One that is not known may be on a network, or in another process.
 */
const ON_THIS_MACHINE: ReadonlySet<number> = new Set([
  0xef53, 0x58465342, 0x9123683e, 0xf2f52010, 0x2fc12fc1, 0x01021994, 0x794c7630,
]);

/**
 * Whether all that is below a directory is known to be on this machine, so that nothing waits for a network. Something that is
 * mounted below it later is not noticed.
 * @param path absolute, without links.
 */
export async function isOnThisMachine(path: string): Promise<boolean> {
  if (process.platform !== 'linux') return false;
  if (!ON_THIS_MACHINE.has((await statfs(path)).type)) return false;
  try {
    return !hasMountBelow(path, await readFile('/proc/self/mountinfo', 'utf8'));
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

/** @param mountinfo proc_pid_mountinfo(5): the mount point is field 5, with spaces and the like in octal. */
export function hasMountBelow(path: string, mountinfo: string): boolean {
  const below = path.endsWith('/') ? path : `${path}/`;
  return mountinfo.split('\n').some((line) => {
    const [, , , , point = ''] = line.split(' ');
    return unescaped(point).startsWith(below);
  });
}

/** Space, tab, line feed and backslash are escaped, and nothing else. */
function unescaped(point: string): string {
  return point.replace(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}
