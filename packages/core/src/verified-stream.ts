import { pipeline, type Readable, Transform } from 'node:stream';
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
  const check = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      seen += chunk.byteLength;
      if (hashed) digest.update(chunk);
      if (size !== undefined && seen > size) done(wrongSize(what, seen, size));
      else done(null, chunk);
    },
    flush(done) {
      try {
        if (size !== undefined && seen !== size) throw wrongSize(what, seen, size);
        if (hashed) compareChecksums(checksums, digest.checksums(), what);
        done();
      } catch (error) {
        done(error as Error);
      }
    },
    destroy(error, done) {
      done(error && translate(error));
    },
  });
  return pipeline(source, check, () => {});
}

function wrongSize(what: string, seen: number, size: number): StorageError {
  const more = seen > size ? 'at least ' : '';
  return new StorageError('ChecksumMismatch', `${what}: ${more}${seen} bytes, expected ${size}`);
}
