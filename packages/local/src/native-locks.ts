import { createRequire } from 'node:module';

/** What is used of `fs-native-extensions`, which has no types. */
export interface NativeLocks {
  /** Takes an exclusive lock on the file, without waiting; `false` if somebody else has one. */
  tryLock(fd: number): boolean;
  unlock(fd: number): void;
}

let loaded: { readonly locks: NativeLocks | undefined } | undefined;

/**
 * Locks that belong to an open file description: `F_OFD_SETLK` on Linux, `flock(2)` on macOS, `LockFileEx` on Windows. The
 * system releases them when the process ends, however it ends. Node has none of its own.
 * @returns `undefined` where the prebuilt module can't be loaded, such as on Alpine Linux (musl).
 */
export function nativeLocks(): NativeLocks | undefined {
  loaded ??= { locks: load() };
  return loaded.locks;
}

function load(): NativeLocks | undefined {
  try {
    const found: unknown = createRequire(import.meta.url)('fs-native-extensions');
    if (!isNativeLocks(found)) return undefined;
    return {
      tryLock: (fd) => asSystemCall(() => found.tryLock(fd)),
      unlock: (fd) => asSystemCall(() => found.unlock(fd)),
    };
  } catch {
    return undefined;
  }
}

/** Its errors have a `code`, but don't name the system call, by which those of the system are known. */
function asSystemCall<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw error instanceof Error ? Object.assign(error, { syscall: 'fcntl' }) : error;
  }
}

function isNativeLocks(value: unknown): value is NativeLocks {
  if (typeof value !== 'object' || value === null) return false;
  const functions: Partial<Record<keyof NativeLocks, unknown>> = value;
  return typeof functions.tryLock === 'function' && typeof functions.unlock === 'function';
}
