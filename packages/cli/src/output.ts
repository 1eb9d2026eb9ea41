import { randomUUID } from 'node:crypto';
import { createWriteStream, realpathSync, statSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { StorageError, type StorageErrorCode } from '@org/storage-core';
import type { Journal } from '@org/storage-migration';
import { isWithin } from './journal-place.js';

type Pieces = Iterable<string> | AsyncIterable<string>;

/**
 * Writes to standard output as fast as its reader takes it. A reader that has had enough, such as `head`, ends it: that is no
 * error.
 *
 * @returns Whether anybody reads on.
 */
export async function print(pieces: Pieces): Promise<boolean> {
  const { stdout } = process;
  if (stdout.destroyed) return false;
  if (!stdout.listeners('error').includes(told)) stdout.on('error', told);
  try {
    for await (const piece of pieces) await written(stdout, piece);
    return true;
  } catch (error) {
    if (codeOf(error) !== 'EPIPE') throw error;
    return false;
  }
}

/** Whoever writes learns of it; the event may come after that. */
function told(): void {}

/**
 * A reader of standard output or standard error that has gone is no error of the command, whoever writes to them: commander's help does
 * so by itself. Any other failure, such as a full disk, still ends the process, unless {@link print} tells of it.
 */
export function tolerateDepartedReaders(): void {
  for (const stream of [process.stdout, process.stderr])
    if (!stream.listeners('error').includes(departed)) stream.on('error', departed);
}

function departed(error: Error): void {
  if (codeOf(error) !== 'EPIPE' && !process.stdout.listeners('error').includes(told)) throw error;
}

function written(stream: NodeJS.WritableStream, piece: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(piece, (error) => (error ? reject(error) : resolve()));
  });
}

/**
 * Writes a file whole or not at all: under another name first, which then takes the place of what was there. What is no
 * regular file, such as a named pipe, is written to as it is.
 * @throws StorageError
 */
export async function writeWhole(file: string, pieces: Pieces): Promise<void> {
  const special = statSync(file, { throwIfNoEntry: false })?.isFile() === false;
  const written = special ? file : join(dirname(file), `.${basename(file)}.${randomUUID()}.part`);
  try {
    await pipeline(
      Readable.from(pieces),
      createWriteStream(written, { flags: special ? 'w' : 'wx' }),
    );
    if (special) return;
    await flushed(written);
    await rename(written, file);
  } catch (cause) {
    if (!special) await rm(written, { force: true }).catch(() => {}); // what could not be written may not be removable
    if (cause instanceof StorageError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    const code = ERRORS[codeOf(cause)] ?? 'Unavailable';
    throw new StorageError(code, `${file} can’t be written: ${why}`, { cause, retryable: false });
  }
}

/**
 * Where a report goes.
 * @throws StorageError `InvalidArgument` if that is the journal itself, or within the directory that is migrated.
 */
export function outputPlace(file: string, journal: Journal): string {
  const path = resolve(file);
  if (isWithin(path, journal.endpoints.source)) {
    throw new StorageError(
      'InvalidArgument',
      `${path} lies in the directory that is migrated; put it somewhere else`,
    );
  }
  const taken = ['', '-wal', '-shm', '.lock'].map((end) => real(`${resolve(journal.place)}${end}`));
  if (taken.includes(real(path))) {
    throw new StorageError('InvalidArgument', `${path} is the journal; name another file`);
  }
  return path;
}

const ERRORS: Readonly<Record<string, StorageErrorCode>> = {
  ENOSPC: 'QuotaExceeded',
  EDQUOT: 'QuotaExceeded',
  EFBIG: 'QuotaExceeded',
  EACCES: 'AccessDenied',
  EPERM: 'AccessDenied',
  EROFS: 'AccessDenied',
  ENOENT: 'NotFound',
  EISDIR: 'InvalidArgument',
  ENOTDIR: 'InvalidArgument',
};

async function flushed(file: string): Promise<void> {
  await using handle = await open(file, 'r+');
  await handle.sync();
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
