import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import {
  copyFile,
  link,
  lstat,
  mkdir,
  open,
  readdir,
  rename,
  rm,
  rmdir,
  stat,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';

const RESERVED = '.storage';

const TRIAL = /^doctor-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Milliseconds after which what a trial has left belongs to none that is under way. */
const ABANDONED = 60 * 60_000;

/** What the file system of a directory really does; an error’s code where it does not. */
export interface FileSystemTrial {
  readonly fsync: string;
  readonly rename: string;
  readonly hardLinks: string;
  readonly reflinks: string;
  readonly directorySync: string;
  readonly caseSensitive: boolean;
  readonly keepsUnicode: boolean;
}

/** What it is called where it worked. */
export const WORKS = 'ok';

/**
 * Tries out writing in a directory of its own within the reserved one, and leaves nothing behind.
 * @throws the system’s error where nothing can be written at all.
 */
export async function tryDirectory(root: string, signal: AbortSignal): Promise<FileSystemTrial> {
  const reserved = join(root, RESERVED);
  const made = await makes(reserved);
  const place = join(reserved, `doctor-${randomUUID()}`);
  try {
    await mkdir(place);
    try {
      return await tried(place, signal);
    } finally {
      await rm(place, { recursive: true, force: true });
    }
  } finally {
    if (made) await rmdir(reserved).catch(() => {}); // somebody else uses it by now
  }
}

/** Whether it was not there. */
async function makes(path: string): Promise<boolean> {
  try {
    await mkdir(path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST' && (await lstat(path)).isDirectory()) return false;
    throw error;
  }
}

async function tried(place: string, signal: AbortSignal): Promise<FileSystemTrial> {
  const file = join(place, 'trial-\u00e9');
  const fsync = await worked(async () => {
    await using handle = await open(file, 'wx');
    await handle.writeFile('trial');
    await handle.sync();
  });
  if (fsync === 'ENOSPC' || fsync === 'EDQUOT')
    throw Object.assign(new Error(fsync), { code: fsync });
  signal.throwIfAborted();
  const folded = await isThere(join(place, 'TRIAL-\u00e9'));
  const composed = await isThere(join(place, 'trial-e\u0301'));
  const hardLinks = await worked(() => link(file, join(place, 'linked')));
  const reflinks = await worked(() =>
    copyFile(file, join(place, 'cloned'), constants.COPYFILE_FICLONE_FORCE),
  );
  signal.throwIfAborted();
  await writeFile(join(place, 'new'), 'new');
  const renamed = await worked(() => rename(join(place, 'new'), file));
  const directorySync = await worked(async () => {
    await using handle = await open(place, 'r');
    await handle.sync();
  });
  return {
    ...{ fsync, rename: renamed, hardLinks, reflinks, directorySync },
    ...{ caseSensitive: !folded, keepsUnicode: !composed },
  };
}

async function worked(attempt: () => Promise<unknown>): Promise<string> {
  try {
    await attempt();
    return WORKS;
  } catch (error) {
    return codeOf(error);
  }
}

async function isThere(path: string): Promise<boolean> {
  return (await worked(() => lstat(path))) === WORKS;
}

/**
 * Removes what trials have left that were killed more than an hour ago.
 * @returns how many.
 */
export async function sweepTrials(root: string): Promise<number> {
  const reserved = join(root, RESERVED);
  const names = await readdir(reserved).catch(() => []); // there is none, or it is not ours to read
  let removed = 0;
  for (const name of names) {
    if (!TRIAL.test(name)) continue;
    const path = join(reserved, name);
    const found = await stat(path).catch(() => undefined); // another has swept it
    if (found === undefined || found.mtimeMs > Date.now() - ABANDONED) continue;
    await rm(path, { recursive: true, force: true });
    removed++;
  }
  return removed;
}

export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
