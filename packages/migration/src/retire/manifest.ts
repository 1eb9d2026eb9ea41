import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { StorageError } from '@org/storage-core';
import type { ArchiveEntry } from './archive.js';

const NEWLINE = 0x0a;

/**
 * What was put into an archive, for people and for other programs: a file of JSON lines, each with `key`, `size` (bytes), `etag`,
 * `checksums`, `id` (in the archive) and `time`. It is only added to. A line may be there twice after a crash, with the same
 * `id`; one that a crash has cut off ends where the next begins.
 */
export class Manifest {
  readonly #file: FileHandle;
  #lines: string[] = [];
  #written: Promise<void> | undefined;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  /** @param path Made if missing, with its directory. */
  static async open(path: string): Promise<Manifest> {
    try {
      await mkdir(dirname(path), { recursive: true });
      const file = await open(path, 'a+');
      try {
        await endLine(file);
        await syncDirectory(dirname(path));
      } catch (error) {
        await file.close();
        throw error;
      }
      return new Manifest(file);
    } catch (cause) {
      throw manifestError(`the manifest ${path} can’t be written`, cause);
    }
  }

  /** Resolves when it is on the disk. Lines that come while the disk is busy share the next flush. */
  add({ id, trashedAt, file }: ArchiveEntry): Promise<void> {
    const { key, size, etag, checksums } = file;
    this.#lines.push(
      `${JSON.stringify({ key, size, etag, checksums, id, time: trashedAt.toISOString() })}\n`,
    );
    if (this.#lines.length > 1) return this.#next();
    const before = this.#written ?? Promise.resolve();
    this.#written = before.catch(() => {}).then(() => this.#flush());
    return this.#written;
  }

  #next(): Promise<void> {
    return this.#written ?? Promise.resolve();
  }

  async #flush(): Promise<void> {
    const lines = this.#lines;
    this.#lines = [];
    try {
      await this.#file.appendFile(lines.join(''));
      await this.#file.datasync();
    } catch (cause) {
      throw manifestError('the manifest can’t be written', cause);
    }
  }

  async close(): Promise<void> {
    await this.#written?.catch(() => {});
    await this.#file.close();
  }
}

/** Ends a line that a crash has cut off. */
async function endLine(file: FileHandle): Promise<void> {
  const { size } = await file.stat();
  if (size === 0) return;
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  if (buffer[0] !== NEWLINE) await file.appendFile('\n');
}

/** The file's name is in it. Windows can't open directories. */
async function syncDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

function manifestError(what: string, cause: unknown): StorageError {
  const full = cause instanceof Error && 'code' in cause && cause.code === 'ENOSPC';
  const why = cause instanceof Error ? cause.message : String(cause);
  return new StorageError(full ? 'QuotaExceeded' : 'AccessDenied', `${what}: ${why}`, { cause });
}
