import type { BigIntStats } from 'node:fs';
import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { compareChecksums, type ResolvedRange, StorageError } from '@org/storage-core';
import type { OpenFile } from './open-file.js';

/** Bytes per read: large enough that system calls don't count, small enough for many streams at once. */
const READ_SIZE = 256 * 1024;

export interface StableStream {
  readonly body: Readable;
  /** Resolves when the descriptor is closed. */
  readonly closed: Promise<void>;
}

/**
 * The bytes of an open file. The last chunk is held back until the file is known not to have changed while it was read:
 * a reader gets one version to its end, or an error instead of an end. A file that was replaced or removed
 * meanwhile is read on, since the descriptor keeps it; only a change in place is one.
 *
 * A whole file is checked against its stored CRC-32. That finds what disks do to files, at a quarter of the cost of
 * SHA-256, which would only add protection from somebody who can as well write a fitting SHA-256 beside the file.
 *
 * The stream owns the descriptor: it is closed when the stream has ended or was destroyed.
 *
 * @param range within the file; `undefined` for the whole file.
 * @param translate makes the error that a reader sees.
 */
export function stableStream(
  file: OpenFile,
  range: ResolvedRange | undefined,
  translate: (error: unknown) => StorageError,
): StableStream {
  const { descriptor, stats, metadata } = file;
  const size = Number(stats.size);
  let position = range?.start ?? 0;
  const stop = range === undefined ? size : range.end + 1;
  const expected = stop - position === size ? metadata.checksums.crc32 : undefined;
  let crc = 0;
  let reading: Promise<void> = Promise.resolve();

  const step = async (stream: Readable) => {
    const chunk = await read();
    if (stream.destroyed) return;
    if (position < stop) {
      stream.push(chunk);
      return;
    }
    await checkUnchanged(metadata.key, stats, descriptor);
    checkContent();
    if (chunk.byteLength > 0) stream.push(chunk);
    stream.push(null);
  };

  const read = async (): Promise<Buffer> => {
    const length = Math.min(READ_SIZE, stop - position);
    const chunk = Buffer.allocUnsafeSlow(length); // of its own: whoever gets it may keep it
    for (let done = 0; done < length; ) {
      const bytes = await descriptor.read(chunk, position + done, done);
      if (bytes === 0) throw changedError(metadata.key);
      done += bytes;
    }
    position += length;
    if (expected !== undefined) crc = crc32(chunk, crc);
    return chunk;
  };

  const checkContent = () => {
    if (expected === undefined) return;
    const found = crc.toString(16).padStart(8, '0');
    compareChecksums({ crc32: expected }, { crc32: found }, `the content of ${metadata.key}`);
  };

  let settle = () => {};
  const closed = new Promise<void>((resolve) => {
    settle = resolve;
  });
  const body = new Readable({
    highWaterMark: READ_SIZE,
    read() {
      reading = step(this).catch((error: unknown) => {
        this.destroy(translate(error));
      });
    },
    // After the read that is under way: its descriptor number may be another file's by then.
    destroy(error, done) {
      reading
        .then(() => descriptor.close())
        .finally(settle)
        .then(
          () => done(error),
          (closing: unknown) => done(error ?? translate(closing)),
        );
    },
  });
  return { body, closed };
}

/** What tells that a file was changed in place. */
type Look = Pick<BigIntStats, 'size' | 'mtimeNs' | 'ctimeNs' | 'nlink'>;

/**
 * @param file an open descriptor of it.
 * @throws StorageError `Conflict` if a file was changed in place since it was looked at.
 */
export async function checkUnchanged(
  key: string,
  before: Look,
  file: { stat(): Promise<Look> },
): Promise<void> {
  let after = await file.stat();
  // fstat is not atomic: during a rename over the file, the new time may show beside the old number of links.
  if (isTouched(before, after)) after = await file.stat();
  const { size, mtimeNs } = before;
  if (after.size !== size || after.mtimeNs !== mtimeNs || isTouched(before, after)) {
    throw changedError(key);
  }
}

/**
 * Whether the status changed in another way than by losing or getting a name, as a file does that is replaced or removed.
 * One that has no name any more may have lost its last one during the first look already.
 */
function isTouched(before: Look, after: Look): boolean {
  return after.ctimeNs !== before.ctimeNs && after.nlink === before.nlink && after.nlink > 0n;
}

function changedError(key: string): StorageError {
  return new StorageError('Conflict', `${key} was changed while it was being read: read it again`, {
    key,
  });
}
