import { Readable } from 'node:stream';
import type { ResolvedRange } from '@org/storage-core';
import { failure, type Place } from './failure.js';
import type { StoredFile } from './stored-file.js';

export interface BodyOptions {
  /** Bytes. Default: the whole is one chunk. */
  readonly chunkSize?: number;
  /** See `SimulatedStoreOptions`. */
  readonly tornReads?: 'mixture' | 'conflict';
}

/**
 * The body of a download: the file that was opened, whatever became of its key, in chunks. The first is there at once,
 * each other one is read through `read` when the one before it was taken.
 */
export function simulatedBody(
  file: StoredFile,
  range: ResolvedRange | undefined,
  { chunkSize = Number.POSITIVE_INFINITY, tornReads = 'mixture' }: BodyOptions,
  place: Place,
  read: <T>(effect: () => T) => Promise<T>,
): Readable {
  const end = range === undefined ? file.bytes.byteLength : range.end + 1;
  let at = range?.start ?? 0;
  const first = Buffer.from(file.bytes.subarray(at, Math.min(end, at + chunkSize)));
  let begun = false;
  const push = (stream: Readable, chunk: Buffer) => {
    at += chunk.byteLength;
    if (chunk.byteLength > 0) stream.push(chunk);
    if (at >= end || chunk.byteLength === 0) stream.push(null);
  };
  const next = (): Buffer => {
    const { current } = file.inode;
    const stop = Math.min(end, at + chunkSize);
    if (tornReads === 'conflict' && stop === end && current.bytes !== file.bytes)
      throw failure('Conflict', 'the file was written to while it was read', place);
    return Buffer.from(current.bytes.subarray(at, stop));
  };
  return new Readable({
    highWaterMark: 1, // byte: no more than one chunk is read ahead
    read() {
      if (begun) {
        read(next).then(
          (chunk) => push(this, chunk),
          (error: Error) => this.destroy(error), // a StorageError: that of the request, or of `next`
        );
        return;
      }
      begun = true;
      push(this, first);
    },
  });
}
