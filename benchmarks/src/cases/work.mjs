import { randomBytes } from 'node:crypto';

export const KIB = 1024;
export const MIB = 1024 ** 2;

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
