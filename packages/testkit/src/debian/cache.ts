import { randomUUID } from 'node:crypto';
import {
  access,
  mkdir,
  readdir,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { homedir, hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** How long to wait for another process's fetch before fetching as well, in milliseconds. */
const patience = 10 * 60_000;

/** The age from which an incomplete entry is nobody's, in milliseconds. */
const abandonedAfter = 60 * 60_000;

/** Written last: an entry without it was never completed. */
const marker = '.complete';

/**
 * Where what was fetched is kept unless told.
 * @param name of the folder within the user's cache, such as `ceph`.
 */
export function cacheDirectory(name: string): string {
  const { XDG_CACHE_HOME: user } = process.env;
  return join(user || join(homedir(), '.cache'), 'org-storage', name);
}

/**
 * The folder of a cache entry, filled first if it does not exist yet. It appears by a rename, whole
 * or not at all. Of several processes that want the same entry one fills it and the others wait;
 * should two fill it all the same (a lock of a process that is gone, a cache shared between hosts),
 * both fill a folder of their own and the first to rename wins.
 */
export async function cached(
  directory: string,
  name: string,
  fill: (entry: string) => Promise<void>,
  signal?: AbortSignal,
): Promise<string> {
  const entry = join(directory, name);
  if (await isComplete(entry)) return entry;
  await mkdir(directory, { recursive: true });
  const unlock = await lock(join(directory, `${name}.lock`), () => isComplete(entry), signal);
  try {
    if (await isComplete(entry)) return entry;
    await removeAbandoned(directory, name);
    const temporary = join(directory, `${name}.${randomUUID()}.partial`);
    try {
      await mkdir(temporary);
      await fill(temporary);
      await writeFile(join(temporary, marker), `${new Date().toISOString()}\n`);
      await publish(temporary, entry);
    } finally {
      await rm(temporary, { recursive: true, force: true, maxRetries: 5 });
    }
    return entry;
  } finally {
    await unlock();
  }
}

async function publish(temporary: string, entry: string): Promise<void> {
  try {
    await rename(temporary, entry);
  } catch (error) {
    if (await isComplete(entry)) return; // another process was first
    throw error;
  }
}

/**
 * Takes a lock, or returns once `done`. The lock is a symbolic link to its holder's host and
 * process: created in one step with its content, so that nobody sees it without.
 */
async function lock(
  path: string,
  done: () => Promise<boolean>,
  signal?: AbortSignal,
): Promise<() => Promise<void>> {
  const holder = `${hostname()}:${process.pid}:${randomUUID()}`;
  const deadline = performance.now() + patience;
  for (;;) {
    try {
      await symlink(holder, path);
      return async () => {
        if ((await holderOf(path)) === holder) await rm(path, { force: true });
      };
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
    const other = await holderOf(path);
    if (await done()) return async () => {};
    if (other !== undefined && (isGone(other) || performance.now() > deadline)) {
      await rm(path, { force: true });
    } else {
      await sleep(200, undefined, signal === undefined ? {} : { signal });
    }
  }
}

async function holderOf(path: string): Promise<string | undefined> {
  return readlink(path).catch(() => undefined);
}

function isGone(holder: string): boolean {
  const [host, pid] = holder.split(':');
  return host === hostname() && !isRunning(Number(pid));
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/**
 * Removes what processes that were killed half-way left behind: by age, since they may have run on
 * another host.
 */
async function removeAbandoned(directory: string, name: string): Promise<void> {
  for (const file of await readdir(directory)) {
    if (!file.startsWith(`${name}.`) || !file.endsWith('.partial')) continue;
    const path = join(directory, file);
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() }));
    if (Date.now() - mtimeMs > abandonedAfter) await rm(path, { recursive: true, force: true });
  }
}

async function isComplete(entry: string): Promise<boolean> {
  return access(join(entry, marker)).then(
    () => true,
    () => false,
  );
}
