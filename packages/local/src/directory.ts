import { constants } from 'node:fs';
import { mkdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Descriptor } from './descriptor.js';
import type { Syncs } from './durability.js';
import { errnoOf } from './file-error.js';
import { pathOfDescriptor, refuseLinks, standsAt } from './links.js';
import type { Promptness } from './promptness.js';
import type { Root } from './root.js';

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants;

/** How often a directory that is replaced while it is opened is tried again. */
const OPEN_ATTEMPTS = 10;

/** An open directory of the root. */
export interface Directory {
  /**
   * A path to something in it. Where `/proc` is, it goes through the descriptor, as with openat(2): whatever is put in the
   * place of a parent meanwhile, it leads nowhere else.
   */
  at(name: string): string;
  /** Makes creations, renames and removals in it survive a crash of the machine. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/**
 * @throws StorageError `AccessDenied` if there is a link on the way.
 * @throws NodeJS.ErrnoException `ENOENT`, `ENOTDIR`.
 */
export async function openDirectory(root: Root, segments: readonly string[]): Promise<Directory> {
  const path = join(root.path, ...segments);
  if (process.platform === 'win32') {
    // Directories can be neither opened nor synced there.
    await refuseLinks(root, segments);
    return { at: (name) => join(path, name), sync: async () => {}, close: async () => {} };
  }
  for (let attempt = 1; ; attempt++) {
    const descriptor = await openOrRefuse(path, root, segments);
    try {
      const known = pathOfDescriptor(descriptor.fd);
      if (await standsAt(descriptor, root, segments, known)) {
        return directoryOf(descriptor, path, known === path, root);
      }
    } catch (error) {
      await descriptor.close();
      throw error;
    }
    await descriptor.close();
    if (attempt === OPEN_ATTEMPTS) {
      throw Object.assign(new Error(`${path} keeps changing`), { code: 'EBUSY', syscall: 'open' });
    }
  }
}

async function openOrRefuse(
  path: string,
  root: Root,
  segments: readonly string[],
): Promise<Descriptor> {
  try {
    return await Descriptor.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, root.disk.promptness);
  } catch (error) {
    await refuseLinks(root, segments); // which of them it is, instead of ELOOP or ENOTDIR
    throw error;
  }
}

function directoryOf(
  descriptor: Descriptor,
  path: string,
  /** Whether the kernel tells this path of the descriptor. */
  anchored: boolean,
  root: Root,
): Directory {
  const base = anchored ? `/proc/self/fd/${descriptor.fd}` : path;
  return {
    at: (name) => `${base}/${name}`,
    sync: () => root.syncs.directory(descriptor),
    close: () => descriptor.close(true),
  };
}

/** For directories that are no part of keys. */
export async function syncDirectory(
  path: string,
  syncs: Syncs,
  promptness?: Promptness,
): Promise<void> {
  if (process.platform === 'win32' || !syncs.durable) return;
  const descriptor = await Descriptor.open(path, O_RDONLY | O_DIRECTORY, promptness);
  try {
    await syncs.directory(descriptor);
  } finally {
    await descriptor.close();
  }
}

/**
 * Makes what is missing of a path, durably.
 * @param created receives what was made, outermost first, as segments.
 */
export async function makeDirectories(
  root: Root,
  segments: readonly string[],
  created: (readonly string[])[],
): Promise<void> {
  let directory = await openDirectory(root, []);
  try {
    for (const [index, segment] of segments.entries()) {
      const path = segments.slice(0, index + 1);
      try {
        await mkdir(directory.at(segment));
        created.push(path);
        await directory.sync();
      } catch (error) {
        if (errnoOf(error) !== 'EEXIST') throw error;
      }
      const next = await openDirectory(root, path);
      await directory.close();
      directory = next;
    }
  } finally {
    await directory.close();
  }
}

/** Takes back {@link makeDirectories}, best effort: what others have put there keeps a directory in place. */
export async function removeCreated(
  root: Root,
  created: readonly (readonly string[])[],
): Promise<void> {
  for (const segments of created.toReversed()) {
    try {
      const parent = await openDirectory(root, segments.slice(0, -1));
      try {
        await rmdir(parent.at(segments.at(-1) ?? ''));
      } finally {
        await parent.close();
      }
    } catch {
      return;
    }
  }
}

/**
 * Removes `directory`, which is the one of `segments`, and its parents as far as they are empty, best effort. `rmdir` does
 * not remove what holds a file; an upload that loses its directory here makes it again.
 */
export async function removeEmpty(
  directory: Directory,
  segments: readonly string[],
): Promise<void> {
  let up = '';
  for (const segment of segments.toReversed()) {
    up += '../';
    try {
      await rmdir(directory.at(up + segment));
    } catch {
      return;
    }
  }
}
