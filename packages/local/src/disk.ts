import {
  type BigIntStats,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  statSync,
  unlinkSync,
} from 'node:fs';
import { link, lstat, mkdir, readdir, rename, stat, unlink } from 'node:fs/promises';
import { errnoOf } from './file-error.js';
import type { Promptness } from './promptness.js';

const PRECISE = { bigint: true } as const;

/** Without an error where there is nothing, which costs more than the call. */
const PRECISE_IF_THERE = { bigint: true, throwIfNoEntry: false } as const;

/** Bytes of a file whose last name is taken away at once: the file system frees its blocks by that. */
const SMALL = 1024n * 1024n;

/**
 * Names in the file system of a root, looked at and changed at once while it answers promptly, and on other threads else.
 * Errors are the system's.
 */
export class Disk {
  readonly promptness: Promptness;

  constructor(promptness: Promptness) {
    this.promptness = promptness;
  }

  /** stat(2). */
  stat(path: string): Promise<BigIntStats> {
    return this.#call(
      () => statSync(path, PRECISE),
      () => stat(path, PRECISE),
    );
  }

  /** lstat(2); `undefined` if nothing has this path (`ENOENT`). */
  find(path: string): Promise<BigIntStats | undefined> {
    return this.#call(
      () => lstatSync(path, PRECISE_IF_THERE),
      () => lstat(path, PRECISE).catch(ignoreMissing),
    );
  }

  names(path: string): Promise<string[]> {
    return this.#call(
      () => readdirSync(path),
      () => readdir(path),
    );
  }

  /**
   * rename(2).
   * @param replaced what has the name `to` so far.
   */
  rename(from: string, to: string, replaced: BigIntStats | undefined): Promise<void> {
    return this.#call(
      () => renameSync(from, to),
      () => rename(from, to),
      replaced,
    );
  }

  /** mkdir(2). */
  makeDirectory(path: string): Promise<void> {
    return this.#call(
      () => mkdirSync(path),
      () => mkdir(path),
    );
  }

  /** link(2). */
  link(from: string, to: string): Promise<void> {
    return this.#call(
      () => linkSync(from, to),
      () => link(from, to),
    );
  }

  /** @param removed what the path names; not given for what is known to be small. */
  unlink(path: string, removed?: BigIntStats): Promise<void> {
    return this.#call(
      () => unlinkSync(path),
      () => unlink(path),
      removed,
    );
  }

  #call<T>(atOnce: () => T, elsewhere: () => Promise<T>, freed?: BigIntStats): Promise<T> {
    const small = freed === undefined || freed.size <= SMALL;
    return small ? this.promptness.call(atOnce, elsewhere) : elsewhere();
  }
}

function ignoreMissing(error: unknown): undefined {
  if (errnoOf(error) !== 'ENOENT') throw error;
}
