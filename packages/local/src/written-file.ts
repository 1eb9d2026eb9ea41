import {
  type BigIntStats,
  close,
  closeSync,
  constants,
  fchmod,
  fchmodSync,
  fstatSync,
  fsync,
  futimes,
  futimesSync,
  open,
  openSync,
  write,
  writeSync,
} from 'node:fs';
import { open as openHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { Promptness } from './promptness.js';

/** A new file that is being written: what is used of a `FileHandle`. */
export interface WrittenFile {
  write(
    bytes: Uint8Array,
    offset: number,
    length: number | undefined,
    position: number,
  ): Promise<{ readonly bytesWritten: number }>;
  /** All at once, into an empty file. */
  writeFile(text: string): Promise<void>;
  /** In seconds. */
  utimes(accessed: number, modified: number): Promise<void>;
  chmod(mode: number): Promise<void>;
  stat(options: { readonly bigint: true }): Promise<BigIntStats>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_TRUNC, O_WRONLY } = constants;

/** @throws NodeJS.ErrnoException `EEXIST` if the path has a file. */
export function createFile(path: string, promptness: Promptness): Promise<WrittenFile> {
  return openForWriting(path, O_WRONLY | O_CREAT | O_EXCL, promptness);
}

/** Takes the place of what the path had. @throws NodeJS.ErrnoException `ELOOP` if that is a link. */
export function replaceFile(path: string, promptness: Promptness): Promise<WrittenFile> {
  return openForWriting(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, promptness);
}

async function openForWriting(
  path: string,
  flags: number,
  promptness: Promptness,
): Promise<WrittenFile> {
  if (!promptness.immediate) return openHandle(path, flags);
  const fd = await promptness.call(
    () => openSync(path, flags),
    () => elsewhere.open(path, flags),
  );
  return new PromptFile(fd, promptness);
}

/** Bytes that are written at once. */
const FEW = 64 * 1024;

const elsewhere = {
  open: promisify(open),
  write: promisify(write),
  futimes: promisify(futimes),
  fchmod: promisify(fchmod),
  fsync: promisify(fsync),
  close: promisify(close),
};

/** Written at once while the file system answers promptly. Syncs wait for the disk, and are always made on another thread. */
class PromptFile implements WrittenFile {
  readonly #fd: number;
  readonly #promptness: Promptness;
  #few = true;

  constructor(fd: number, promptness: Promptness) {
    this.#fd = fd;
    this.#promptness = promptness;
  }

  write(
    bytes: Uint8Array,
    offset: number,
    length = bytes.byteLength - offset,
    position: number | null = null,
  ): Promise<{ readonly bytesWritten: number }> {
    this.#few &&= length <= FEW;
    return this.#call(
      () => ({ bytesWritten: writeSync(this.#fd, bytes, offset, length, position) }),
      () => elsewhere.write(this.#fd, bytes, offset, length, position),
    );
  }

  async writeFile(text: string): Promise<void> {
    const bytes = Buffer.from(text);
    for (let done = 0; done < bytes.byteLength; ) {
      const { bytesWritten } = await this.write(bytes, done, undefined, done);
      done += bytesWritten;
    }
  }

  utimes(accessed: number, modified: number): Promise<void> {
    return this.#call(
      () => futimesSync(this.#fd, accessed, modified),
      () => elsewhere.futimes(this.#fd, accessed, modified),
    );
  }

  chmod(mode: number): Promise<void> {
    return this.#call(
      () => fchmodSync(this.#fd, mode),
      () => elsewhere.fchmod(this.#fd, mode),
    );
  }

  async stat(): Promise<BigIntStats> {
    return fstatSync(this.#fd, { bigint: true });
  }

  sync(): Promise<void> {
    return elsewhere.fsync(this.#fd);
  }

  close(): Promise<void> {
    return this.#call(
      () => closeSync(this.#fd),
      () => elsewhere.close(this.#fd),
    );
  }

  #call<T>(atOnce: () => T, onAnotherThread: () => Promise<T>): Promise<T> {
    return this.#few ? this.#promptness.call(atOnce, onAnotherThread) : onAnotherThread();
  }
}
