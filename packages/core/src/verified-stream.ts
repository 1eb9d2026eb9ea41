import { Readable } from 'node:stream';
import { type Checksums, Comparison } from './checksum.js';
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
 * @param rest gives what follows the bytes that have gone by (`position` of them), where `source` breaks off, or ends before
 * its size; asked once. Default: the stream fails.
 */
export function verifiedStream(
  source: Readable,
  expected: ExpectedContent,
  what: string,
  translate: (error: Error) => Error = (error) => error,
  rest?: (position: number, broken: Error) => Readable,
): Readable {
  const { size, checksums = {} } = expected;
  const hashed = Object.values(checksums).some((checksum) => checksum !== undefined);
  const comparison = hashed ? new Comparison(checksums, what) : undefined;
  let current = source;
  let seen = 0;
  let wanted = false;
  // Not a Transform in a pipeline: for a small file, setting those up costs more than what they are to check.
  const verified = new Readable({
    read() {
      wanted = true;
      current.resume();
    },
    destroy(error, done) {
      current.destroy();
      done(error && translate(error));
    },
  });
  const fail = (error: Error) => {
    verified.destroy(error);
  };
  const end = () => {
    try {
      if (size !== undefined && seen !== size) throw wrongSize(what, seen, size);
      comparison?.end();
      verified.push(null);
    } catch (error) {
      fail(error as Error);
    }
  };
  const goOn = (broken: Error) => {
    if (rest === undefined) return fail(broken);
    if (current !== source || verified.destroyed) return;
    current = rest(seen, broken);
    pass(current, fail);
    if (wanted) current.resume();
  };
  const pass = (from: Readable, broken: (error: Error) => void) => {
    from.pause(); // else listening for its data would make it flow before anyone reads
    from.on('data', (chunk: Uint8Array) => {
      seen += chunk.byteLength;
      comparison?.update(chunk);
      if (size !== undefined && seen > size) return fail(wrongSize(what, seen, size));
      wanted = verified.push(chunk);
      if (!wanted) from.pause();
    });
    from.on('end', () => {
      const short = size !== undefined && seen < size;
      if (short && from === source && rest !== undefined) broken(brokenOff(what));
      else end();
    });
    from.on('error', broken);
    from.on('close', () => {
      if (!from.readableEnded) broken(brokenOff(what));
    });
    if (from.destroyed) broken(from.errored ?? brokenOff(what));
  };
  pass(source, goOn);
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
