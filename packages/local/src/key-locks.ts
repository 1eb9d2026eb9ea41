import { hash } from 'node:crypto';
import { constants } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { abortError, StorageError, throwIfAborted } from '@org/storage-core';
import { Descriptor } from './descriptor.js';
import { errnoOf } from './file-error.js';
import type { NativeLocks } from './native-locks.js';
import { locksPath, makeReserved } from './reserved.js';
import type { Root } from './root.js';

/** Lock files of a root, the same for all its processes; each key belongs to one of them. */
const STRIPES = 64;

/** Milliseconds, the longest pause between two attempts to get a lock. */
const LONGEST_PAUSE = 16;

/** Milliseconds: a lock is held for less than one, unless its process was stopped. */
const PATIENCE = 60_000;

/** A key whose lock is tried out. */
const PROBED = 'probe';

const OPEN = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW;

/** Where the file system itself knows no locks. `ENOLCK` is none of them: it may pass. */
const NO_LOCKS: ReadonlySet<string | undefined> = new Set(['ENOSYS', 'ENOTSUP', 'EOPNOTSUPP']);

/**
 * Locks on keys, which exclude the writers of one key in this and in other processes from each other. They are held between
 * the look at what a key is and its change, and never while bytes are written or synced.
 *
 * A lock is one on a file in `.storage/locks/`. These files are made when they are needed, and stay: who removed one would
 * take it away from under those that wait for it.
 */
export class KeyLocks {
  readonly #native: NativeLocks | undefined;
  readonly #stripes = new Map<string, Stripe>();
  #closed = false;

  /** @param native without it, nobody is excluded. */
  constructor(native: NativeLocks | undefined) {
    this.#native = native;
  }

  /**
   * Runs with the lock of a key.
   * @param needed whether to fail with `Unsupported` on a file system without locks, in place of running without.
   * @throws StorageError `Aborted`, `Timeout`; `Unavailable` if another process does not let go of the lock.
   */
  async hold<T>(
    root: Root,
    key: string,
    signal: AbortSignal | undefined,
    needed: boolean,
    run: () => Promise<T>,
  ): Promise<T> {
    const native = this.#native;
    if (native === undefined) return run();
    const stripe = this.#stripeOf(key);
    return stripe.run(signal, async () => {
      try {
        const fd = await stripe.lock(root, native, signal, needed);
        try {
          return await run();
        } finally {
          if (fd !== undefined) native.unlock(fd);
        }
      } finally {
        if (this.#closed) await stripe.close();
      }
    });
  }

  /**
   * Whether a lock keeps others out: tried with a second descriptor, such as another process has.
   * @throws StorageError `Unsupported` on a file system without locks; as {@link hold}.
   */
  exclude(root: Root, signal: AbortSignal | undefined): Promise<boolean> {
    const native = this.#native;
    if (native === undefined) return Promise.resolve(false);
    return this.hold(root, PROBED, signal, true, async () => {
      const path = join(locksPath(root), stripeName(PROBED));
      const other = await Descriptor.open(path, OPEN, root.disk.promptness);
      try {
        if (!native.tryLock(other.fd)) return true;
        native.unlock(other.fd);
        return false;
      } finally {
        await other.close();
      }
    });
  }

  /** What is under way comes to its end, and then closes what it has opened. */
  async close(): Promise<void> {
    this.#closed = true;
    const stripes = [...this.#stripes.values()];
    await Promise.all(stripes.map((stripe) => stripe.run(undefined, () => stripe.close())));
  }

  #stripeOf(key: string): Stripe {
    const name = stripeName(key);
    let stripe = this.#stripes.get(name);
    if (stripe === undefined) {
      stripe = new Stripe(name);
      this.#stripes.set(name, stripe);
    }
    return stripe;
  }
}

/** Keys that some file system may take for the same name share a lock. */
export function stripeName(key: string): string {
  const folded = key.normalize('NFKC').toLowerCase();
  const [byte = 0] = hash('sha256', folded, 'buffer');
  return (byte % STRIPES).toString(16).padStart(2, '0');
}

/** A lock file, and those of this process that wait for it: the lock does not exclude users of one descriptor. */
class Stripe {
  readonly #name: string;
  #last: Promise<void> = Promise.resolve();
  #open: { readonly descriptor: Descriptor; readonly ino: bigint } | undefined;

  constructor(name: string) {
    this.#name = name;
  }

  /** One after the other, in the order of the calls. */
  async run<T>(signal: AbortSignal | undefined, run: () => Promise<T>): Promise<T> {
    const before = this.#last;
    let end = () => {};
    this.#last = new Promise((resolve) => {
      end = resolve;
    });
    try {
      await unlessAborted(before, signal);
    } catch (error) {
      void before.then(end);
      throw error;
    }
    return run().finally(end);
  }

  /** Waits for the lock; `undefined` where there are none. */
  async lock(
    root: Root,
    native: NativeLocks,
    signal: AbortSignal | undefined,
    needed: boolean,
  ): Promise<number | undefined> {
    const start = performance.now();
    for (let attempt = 0; ; attempt++) {
      const { descriptor, ino } = await this.#file(root);
      try {
        if (native.tryLock(descriptor.fd)) {
          if ((await root.disk.find(this.#path(root)))?.ino === ino) return descriptor.fd;
          await this.close(); // somebody has tidied up, and others lock another file by now
          continue;
        }
      } catch (error) {
        await this.close();
        if (!NO_LOCKS.has(errnoOf(error))) throw error;
        if (needed) throw noLocks(error);
        return undefined;
      }
      if (performance.now() - start > PATIENCE) throw stuck(this.#name);
      await sleep(Math.random() * Math.min(LONGEST_PAUSE, 2 ** attempt)); // too short to be cut shorter
      throwIfAborted(signal);
    }
  }

  async #file(root: Root): Promise<{ readonly descriptor: Descriptor; readonly ino: bigint }> {
    if (this.#open !== undefined) return this.#open;
    const path = this.#path(root);
    const open = () => Descriptor.open(path, OPEN, root.disk.promptness);
    const descriptor = await open().catch(async (error: unknown) => {
      if (errnoOf(error) !== 'ENOENT') throw error;
      await makeReserved(root);
      return open();
    });
    try {
      this.#open = { descriptor, ino: (await descriptor.stat()).ino };
    } catch (error) {
      await descriptor.close();
      throw error;
    }
    return this.#open;
  }

  #path(root: Root): string {
    return join(locksPath(root), this.#name);
  }

  async close(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    await open?.descriptor.close();
  }
}

async function unlessAborted(turn: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return turn;
  throwIfAborted(signal);
  let abort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(abortError(signal));
    signal.addEventListener('abort', abort, { once: true });
  });
  try {
    await Promise.race([turn, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function noLocks(cause: unknown): StorageError {
  return new StorageError(
    'Unsupported',
    'this file system has no locks, which a write to a certain version needs',
    { cause },
  );
}

function stuck(name: string): StorageError {
  return new StorageError(
    'Unavailable',
    `another process has held .storage/locks/${name} for ${PATIENCE / 1000} seconds: is it stopped? End it, or let it go on`,
  );
}
