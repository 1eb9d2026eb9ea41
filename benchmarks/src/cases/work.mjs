import { createHash, randomBytes } from 'node:crypto';
import { Transform } from 'node:stream';

export const KIB = 1024;
export const MIB = 1024 ** 2;

/** A try of the suite itself, not a measurement: a hundredth of everything. */
const QUICK = process.argv.includes('--quick');

/** @returns as many operations as there are to be. */
export function many(count) {
  return QUICK ? Math.ceil(count / 100) : count;
}

const contents = new Map();

/** The same bytes for each call with this size; random, so that nothing is saved by compressing them. */
export function content(size) {
  if (!contents.has(size)) contents.set(size, randomBytes(size));
  return contents.get(size);
}

/** Runs `operation(0)`, `operation(1)`, … up to `count`, `atOnce` of them at a time. */
export async function repeat(count, atOnce, operation) {
  let next = 0;
  const worker = async () => {
    while (next < count) await operation(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

/** Reads a stream to its end, and fails if it is not as long as it should be. */
export async function drain(stream, size) {
  let seen = 0;
  for await (const chunk of stream) seen += chunk.byteLength;
  if (seen !== size) throw new Error(`${seen} bytes were read, there should be ${size}`);
}

/**
 * The contender, and the caller's own SHA-256 of all that it writes and reads: the same work as that of a library which knows the
 * content's identity.
 */
export function hashing(contender) {
  const through = (stream, expected) => {
    const hash = createHash('sha256');
    return stream.pipe(
      new Transform({
        transform(chunk, _, next) {
          hash.update(chunk);
          next(null, chunk);
        },
        flush(done) {
          const digest = hash.digest('hex');
          done(expected === undefined || digest === expected ? null : new Error('another content'));
        },
      }),
    );
  };
  const digests = new Map();
  return {
    ...contender,
    put(name, bytes) {
      digests.set(name, createHash('sha256').update(bytes).digest('hex'));
      return contender.put(name, bytes);
    },
    putStream: (name, stream) => contender.putStream(name, through(stream)),
    open: async (name) => through(await contender.open(name), digests.get(name)),
  };
}
