import { Readable } from 'node:stream';
import { type Checksums, compareChecksums, Digest } from './checksum.js';
import { StorageError } from './error.js';

export interface ExpectedContent {
  /** Bytes. */
  readonly size?: number | undefined;
  readonly checksums?: Checksums | undefined;
}

/**
 * Passes a content on while it is checked: the stream fails with `ChecksumMismatch` instead of ending when the bytes
 * are not the expected ones, too few or too many. Destroying it destroys `source`.
 *
 * @param translate makes what the stream's reader sees of an error of `source`.
 */
export function verifiedStream(
  source: Readable,
  expected: ExpectedContent,
  what: string,
  translate: (error: Error) => Error = (error) => error,
): Readable {
  const { size, checksums = {} } = expected;
  const hashed = Object.values(checksums).some((checksum) => checksum !== undefined);
  const digest = new Digest(checksums);
  let seen = 0;
  // Not a Transform in a pipeline: for a small file, setting those up costs more than what they are to check.
  const verified = new Readable({
    read() {
      source.resume();
    },
    destroy(error, done) {
      source.destroy();
      done(error && translate(error));
    },
  });
  source.pause(); // else listening for its data would make it flow before anyone reads
  source.on('data', (chunk: Uint8Array) => {
    seen += chunk.byteLength;
    if (hashed) digest.update(chunk);
    if (size !== undefined && seen > size) verified.destroy(wrongSize(what, seen, size));
    else if (!verified.push(chunk)) source.pause();
  });
  source.on('end', () => {
    try {
      if (size !== undefined && seen !== size) throw wrongSize(what, seen, size);
      if (hashed) compareChecksums(checksums, digest.checksums(), what);
      verified.push(null);
    } catch (error) {
      verified.destroy(error as Error);
    }
  });
  source.on('error', (error) => verified.destroy(error));
  source.on('close', () => {
    if (!source.readableEnded) verified.destroy(brokenOff(what));
  });
  if (source.destroyed) verified.destroy(source.errored ?? brokenOff(what));
  return verified;
}

/** A source that closes without an error and without an end, under the code that Node has for that. */
function brokenOff(what: string): Error {
  const error = new Error(`${what}: premature close`);
  return Object.assign(error, { code: 'ERR_STREAM_PREMATURE_CLOSE' });
}

function wrongSize(what: string, seen: number, size: number): StorageError {
  const more = seen > size ? 'at least ' : '';
  return new StorageError('ChecksumMismatch', `${what}: ${more}${seen} bytes, expected ${size}`);
}
