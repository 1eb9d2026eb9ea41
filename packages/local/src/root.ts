import { type BigIntStats, constants } from 'node:fs';
import { access, mkdir, realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { StorageError } from '@org/storage-core';
import { Descriptor } from './descriptor.js';
import { syncDirectory } from './directory.js';
import { Disk } from './disk.js';
import { type Durability, type Syncs, syncsFor } from './durability.js';
import { isMissing } from './file-error.js';
import { KeyLocks } from './key-locks.js';
import { pathOfDescriptor } from './links.js';
import { isOnThisMachine } from './mounts.js';
import type { NativeLocks } from './native-locks.js';
import { RESERVED } from './paths.js';
import { Promptness } from './promptness.js';
import { Spelling } from './spelling.js';

/** A root that was looked at: links in its own path are resolved, once. */
export interface Root {
  /** Absolute. */
  readonly path: string;
  /** Where deleted files are kept. Absolute. */
  readonly trash: string;
  readonly dev: bigint;
  readonly ino: bigint;
  /** Whether the kernel tells the paths of descriptors, and tells this one's as it is: not without `/proc`. */
  readonly traceable: boolean;
  readonly disk: Disk;
  readonly syncs: Syncs;
  readonly locks: KeyLocks;
  readonly spelling: Spelling;
}

export interface RootOptions {
  /** Makes the directory, and its parents, if it does not exist. */
  readonly create: boolean;
  /** Absolute; default `.storage/trash` in the root. */
  readonly trash?: string | undefined;
  readonly durability: Durability;
  readonly native: NativeLocks | undefined;
}

/**
 * @throws StorageError `NotFound` if there is no such directory, and `create` does not ask for one.
 */
export async function openRoot(given: string, options: RootOptions): Promise<Root> {
  const syncs = syncsFor(options.durability);
  if (options.create) await createDirectory(given, syncs);
  let path: string;
  let stats: BigIntStats;
  try {
    path = await realpath(given);
    stats = await stat(path, { bigint: true });
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw missingRoot(given, error);
  }
  if (!stats.isDirectory()) {
    throw new StorageError('InvalidArgument', `the root ${given} is not a directory`);
  }
  const { dev, ino } = stats;
  return {
    path,
    trash:
      options.trash === undefined
        ? join(path, RESERVED, 'trash')
        : await openTrash(options.trash, path, dev, syncs),
    dev,
    ino,
    traceable: await isTraceable(path),
    disk: new Disk(new Promptness(await isOnThisMachine(path))),
    syncs,
    locks: new KeyLocks(options.native),
    spelling: new Spelling(),
  };
}

/**
 * A trash beside the root, made if missing.
 * @throws StorageError `InvalidArgument` if a file could not be renamed to it, or it would be listed with the files.
 */
async function openTrash(given: string, root: string, dev: bigint, syncs: Syncs): Promise<string> {
  const inside = (place: string) => {
    if (!`${place}/`.startsWith(`${root}/`)) return;
    throw new StorageError('InvalidArgument', `the trash ${given} lies in the root ${root}`);
  };
  inside(given); // before anything is made there
  await createDirectory(given, syncs);
  const path = await realpath(given);
  inside(path);
  if ((await stat(path, { bigint: true })).dev === dev) return path;
  throw new StorageError(
    'InvalidArgument',
    `the trash ${given} is on another file system than the root: files are moved there by a rename`,
  );
}

async function isTraceable(path: string): Promise<boolean> {
  if (process.platform !== 'linux') return false;
  const descriptor = await Descriptor.open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    return pathOfDescriptor(descriptor.fd) === path;
  } finally {
    await descriptor.close();
  }
}

async function createDirectory(path: string, syncs: Syncs): Promise<void> {
  const first = await mkdir(path, { recursive: true });
  if (first === undefined) return;
  for (let made = path; ; made = dirname(made)) {
    await syncDirectory(dirname(made), syncs);
    if (made === first || made === dirname(made)) return;
  }
}

/**
 * Tells a file that does not exist from a root that went away: a disk that was unmounted must not look like an empty
 * store.
 * @throws StorageError `Unavailable`.
 */
export async function checkRootPresent(root: Root): Promise<void> {
  let stats: BigIntStats | undefined;
  try {
    stats = await root.disk.stat(root.path);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  if (stats?.ino === root.ino && stats.dev === root.dev) return;
  throw new StorageError(
    'Unavailable',
    `the root ${root.path} ${stats === undefined ? 'has disappeared' : 'is not the directory it was'}: is its disk mounted? If it was replaced on purpose, make a new provider`,
  );
}

/**
 * Whether the root is there, and may be read and written.
 * @throws StorageError `Unavailable`.
 */
export async function checkHealthy(root: Root): Promise<void> {
  await checkRootPresent(root);
  await access(root.path, constants.R_OK | constants.W_OK | constants.X_OK);
}

function missingRoot(given: string, cause: unknown): StorageError {
  return new StorageError(
    'NotFound',
    `the root ${given} does not exist: create the directory, or pass createRoot: true`,
    { cause },
  );
}
