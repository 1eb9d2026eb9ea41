import { readFile, statfs } from 'node:fs/promises';

/** What a file system is called, and where it is. */
interface FileSystemKind {
  readonly name: string;
  readonly place: 'disk' | 'memory' | 'network' | 'unknown';
}

/** By the numbers of statfs(2) on Linux. */
const KINDS: Readonly<Record<number, FileSystemKind>> = {
  61267: { name: 'ext4', place: 'disk' }, // 0xef53
  1481003842: { name: 'XFS', place: 'disk' }, // 0x58465342
  2435016766: { name: 'Btrfs', place: 'disk' }, // 0x9123683e
  4076150800: { name: 'F2FS', place: 'disk' }, // 0xf2f52010
  801189825: { name: 'ZFS', place: 'disk' }, // 0x2fc12fc1
  16914836: { name: 'tmpfs', place: 'memory' }, // 0x01021994
  2035054128: { name: 'overlayfs', place: 'disk' }, // 0x794c7630
  26985: { name: 'NFS', place: 'network' }, // 0x6969
  4283649346: { name: 'CIFS', place: 'network' }, // 0xff534d42
  4266872130: { name: 'SMB', place: 'network' }, // 0xfe534d42
  12805120: { name: 'CephFS', place: 'network' }, // 0x00c36400
  16914839: { name: '9p', place: 'network' }, // 0x01021997
  1702057286: { name: 'FUSE', place: 'unknown' }, // 0x65735546
};

/** What kind of file system a directory is on; `unknown` on other systems than Linux. */
export async function kindOf(path: string): Promise<FileSystemKind> {
  const unknown = { name: 'a file system that is not known', place: 'unknown' } as const;
  if (process.platform !== 'linux') return unknown;
  const { type } = await statfs(path);
  return KINDS[type] ?? { ...unknown, name: `a file system of the type 0x${type.toString(16)}` };
}

/**
 * Where something else is mounted below a directory: nothing can be renamed from there to here.
 * @param path absolute, without links.
 */
export async function mountsBelow(path: string): Promise<readonly string[]> {
  if (process.platform !== 'linux') return [];
  const below = path.endsWith('/') ? path : `${path}/`;
  const lines = (await readFile('/proc/self/mountinfo', 'utf8').catch(() => '')).split('\n'); // hidden
  // proc_pid_mountinfo(5): the fifth field, with blanks and the like in octal
  return lines
    .map((line) => line.split(' ')[4] ?? '')
    .map((point) =>
      point.replace(/\\([0-7]{3})/g, (_, code: string) =>
        String.fromCharCode(Number.parseInt(code, 8)),
      ),
    )
    .filter((point) => point.startsWith(below));
}
