import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, link, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Body,
  bytesOf,
  type Checksums,
  compareChecksums,
  Digest,
  isStorageError,
  lengthOf,
  StorageError,
  streamOf,
  throwIfAborted,
  type UploadOptions,
} from '@org/storage-core';
import { errnoOf } from './file-error.js';
import { hashOf } from './generation.js';
import { formatOwner, type Owner, parseOwner, self } from './owner.js';
import { makeReserved, stagingPath } from './reserved.js';
import type { Root } from './root.js';
import { createFile, type WrittenFile } from './written-file.js';

/** Bytes that are gathered before they are written, so that a body in tiny chunks does not cost a system call for each. */
const WRITE_SIZE = 256 * 1024;

const OWNER = formatOwner(self);

/** A file that is being written, and has no key yet. */
export interface StagingFile {
  readonly name: string;
  readonly path: string;
  readonly handle: WrittenFile;
}

/** What was written to a staging file. */
interface Content {
  /** Bytes. */
  readonly size: number;
  readonly checksums: Checksums;
}

/** Counted from somewhere, since threads of a process count each for itself; a system call for each would cost more. */
let count = randomBytes(8).readBigUInt64BE();

/** Never used twice: the metadata of a generation refer to it. */
export function stagingName(key: string): string {
  count = BigInt.asUintN(64, count + 1n);
  return `${OWNER}.${count.toString(16).padStart(16, '0')}.${hashOf(key)}`;
}

export function parseStagingName(
  name: string,
): { readonly owner: Owner; readonly hash: string } | undefined {
  const [, by, hash] =
    /^([^.]+)\.[0-9a-f]{16}\.([0-9a-f]{64})(?:\.json|\.probe-\u00e9)?$/.exec(name) ?? [];
  const owner = by === undefined ? undefined : parseOwner(by);
  return owner === undefined || hash === undefined ? undefined : { owner, hash };
}

export function createStaging(root: Root, key: string): Promise<StagingFile> {
  return inStaging(root, key, (path) => createFile(path, root.disk.promptness));
}

/** A staging file with the content of another file: shared with it where the file system can (reflink), else copied. */
export function copyToStaging(root: Root, key: string, source: string): Promise<StagingFile> {
  return inStaging(root, key, async (path) => {
    await copyFile(source, path, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    // Windows syncs only what is open for writing; elsewhere the copy may have got a read-only mode from its source.
    return open(path, process.platform === 'win32' ? 'r+' : 'r');
  });
}

/** A staging file that is another file, by a second name. */
export function linkToStaging(root: Root, key: string, source: string): Promise<StagingFile> {
  return inStaging(root, key, async (path) => {
    await link(source, path);
    return open(path, process.platform === 'win32' ? 'r+' : 'r');
  });
}

async function inStaging(
  root: Root,
  key: string,
  make: (path: string) => Promise<WrittenFile>,
): Promise<StagingFile> {
  const name = stagingName(key);
  const path = join(stagingPath(root), name);
  try {
    const handle = await make(path).catch(async (error: unknown) => {
      if (errnoOf(error) !== 'ENOENT') throw error;
      await makeReserved(root); // somebody has tidied up
      return make(path);
    });
    return { name, path, handle };
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
}

/** Ends with a staging file that has not become the file of a key. */
export async function dropStaging(staging: StagingFile): Promise<void> {
  await staging.handle.close();
  await rm(staging.path, { force: true });
}

/**
 * Writes a body to a staging file, one batch being written while the next is read and hashed; no more than these two are
 * in memory.
 * @throws StorageError `ChecksumMismatch` if it is not what the options announce.
 */
export async function writeBody(
  staging: StagingFile,
  body: Body,
  options: UploadOptions,
): Promise<Content> {
  const { contentLength = lengthOf(body), checksums: expected = {}, onProgress, signal } = options;
  const digest = new Digest(expected);
  let written = 0;
  let writing: Promise<void> = Promise.resolve();
  const write = async (batch: Uint8Array) => {
    await writeAll(staging.handle, batch, written);
    written += batch.byteLength;
    onProgress?.(written);
  };
  try {
    for await (const batch of batches(body, signal)) {
      digest.update(batch);
      if (contentLength !== undefined && digest.size > contentLength) {
        throw wrongLength(`at least ${digest.size}`, contentLength);
      }
      await writing;
      writing = write(batch);
      writing.catch(() => {}); // seen when it is awaited
    }
  } finally {
    await writing;
  }
  throwIfAborted(signal);
  if (contentLength !== undefined && digest.size !== contentLength) {
    throw wrongLength(`${digest.size}`, contentLength);
  }
  const checksums = digest.checksums();
  compareChecksums(expected, checksums, 'the body');
  return { size: digest.size, checksums };
}

function wrongLength(found: string, announced: number): StorageError {
  return new StorageError(
    'ChecksumMismatch',
    `the body has ${found} bytes, ${announced} were announced`,
  );
}

async function writeAll(handle: WrittenFile, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.byteLength; ) {
    const { bytesWritten } = await handle.write(bytes, done, undefined, position + done);
    done += bytesWritten;
  }
}

async function* batches(body: Body, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  const bytes = bytesOf(body);
  if (bytes !== undefined) {
    for (let start = 0; start < bytes.byteLength; start += WRITE_SIZE * 16) {
      throwIfAborted(signal);
      yield bytes.subarray(start, start + WRITE_SIZE * 16);
    }
    return;
  }
  let gathered: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks(body, signal)) {
    gathered.push(chunk);
    size += chunk.byteLength;
    if (size < WRITE_SIZE) continue;
    yield joined(gathered);
    gathered = [];
    size = 0;
  }
  if (size > 0) yield joined(gathered);
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const [first] = chunks;
  return first !== undefined && chunks.length === 1 ? first : Buffer.concat(chunks);
}

/** The chunks of a stream; its own failure is told apart from the disk's, and it is let go of in every case. */
async function* chunks(body: Body, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  const stream = streamOf(body);
  const abort = () => stream.destroy();
  signal?.addEventListener('abort', abort, { once: true });
  const iterator: AsyncIterator<Uint8Array> = stream[Symbol.asyncIterator]();
  try {
    for (;;) {
      throwIfAborted(signal);
      const { done, value } = await iterator.next().catch((error: unknown) => {
        throwIfAborted(signal);
        throw bodyError(error);
      });
      if (done === true) return;
      yield value;
    }
  } finally {
    signal?.removeEventListener('abort', abort);
    stream.destroy();
  }
}

function bodyError(error: unknown): StorageError {
  if (isStorageError(error)) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new StorageError('Unknown', `the body could not be read: ${reason}`, { cause: error });
}
