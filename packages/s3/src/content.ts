import { compareChecksums, Digest, type ExpectedContent, StorageError } from '@org/storage-core';

/**
 * Passes a content on while it is checked: what was handed on is never complete if it is not the expected content, since
 * the last chunk is held back until all is known.
 * @throws StorageError `ChecksumMismatch`.
 */
export async function* checkedContent(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  { size, checksums = {} }: ExpectedContent,
  what: string,
): AsyncGenerator<Uint8Array> {
  const digest = new Digest(checksums);
  let held: Uint8Array | undefined;
  for await (const chunk of chunks) {
    if (chunk.byteLength === 0) continue;
    if (held !== undefined) yield held;
    held = chunk;
    digest.update(chunk);
    if (size !== undefined && digest.size > size) break;
  }
  checkSize(size, digest.size, what);
  compareChecksums(checksums, digest.checksums(), what);
  if (held !== undefined) yield held;
}

/**
 * @throws StorageError `ChecksumMismatch` if the two differ.
 */
export function checkSize(expected: number | undefined, size: number, what: string): void {
  if (expected === undefined || size === expected) return;
  const more = size > expected ? 'more than that' : `${size}`;
  throw new StorageError(
    'ChecksumMismatch',
    `${what}: ${expected} bytes were announced, there are ${more}`,
  );
}
