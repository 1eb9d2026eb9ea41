import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/** open(2): a file without a name, which is gone when it is closed; nobody sees it, and the directory is not changed. */
const O_TMPFILE = 0o20000000 | constants.O_DIRECTORY;

/**
 * The time by the clock of a directory's file system, which a file server has of its own.
 * @returns `undefined` where it can't be had without leaving a trace: not on Linux, without the right to write, on a file system
 * that has no files without names (NFS).
 */
export async function fileSystemTime(directory: string): Promise<Date | undefined> {
  if (process.platform !== 'linux') return undefined;
  try {
    await using file = await open(directory, constants.O_RDWR | O_TMPFILE, 0o600);
    return (await file.stat()).mtime;
  } catch {
    return undefined;
  }
}
