import { type Capabilities, isStorageError, type Support } from '@org/storage-core';
import { errnoOf } from './file-error.js';
import { NO_LINKS } from './place.js';
import type { Root } from './root.js';
import { createStaging, dropStaging, linkToStaging } from './staging.js';

/** For names of files: no key is called so. */
const PROBE = 'probe';

/**
 * What the file system of a root really does, tried out in `.storage`. Conditions of type `match` are `cooperative` where locks
 * exclude and where what one process has renamed is seen by all others at once: on a file system of this machine. On a network,
 * another host may be shown what a name was seconds ago, and compare that; and a lock may be lost while its process is
 * stopped.
 */
export async function probeRoot(
  root: Root,
  declared: Capabilities,
  signal: AbortSignal | undefined,
): Promise<Capabilities> {
  const creates: Support = (await hasLinks(root)) ? 'native' : 'absent';
  const matches = await supportOfLocks(root, signal);
  return {
    ...declared,
    conditionalCreate: creates,
    conditionalCreateInParts: creates,
    conditionalCopyCreate: creates,
    conditionalUpdate: matches,
    conditionalDelete: matches,
    conditionalCopyUpdate: matches,
  };
}

async function supportOfLocks(root: Root, signal: AbortSignal | undefined): Promise<Support> {
  try {
    if (!(await root.locks.exclude(root, signal))) return 'absent';
  } catch (error) {
    if (isStorageError(error, 'Unsupported')) return 'absent';
    throw error;
  }
  return root.disk.promptness.immediate ? 'cooperative' : 'emulated';
}

/** Whether link(2) gives a file a second name, and refuses a name that is taken. */
async function hasLinks(root: Root): Promise<boolean> {
  const first = await createStaging(root, PROBE);
  try {
    const second = await linkToStaging(root, PROBE, first.path);
    try {
      await root.disk.link(first.path, second.path);
      return false; // it must not replace anything
    } catch (error) {
      if (errnoOf(error) === 'EEXIST') return true;
      throw error;
    } finally {
      await dropStaging(second);
    }
  } catch (error) {
    if (NO_LINKS.has(errnoOf(error))) return false;
    throw error;
  } finally {
    await dropStaging(first);
  }
}
