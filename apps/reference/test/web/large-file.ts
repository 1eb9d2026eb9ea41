import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { StorageProvider } from '@org/storage-core';

const BLOCK = 1_000_000;

/** A file of many different blocks, each of a million bytes. Gives the SHA-256 of all. */
export async function writeLargeFile(path: string, blocks: number): Promise<string> {
  const seed = randomBytes(BLOCK);
  for (let block = 0; block < blocks; block++) {
    seed.writeUInt32BE(block);
    await appendFile(path, seed);
  }
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** The SHA-256 of what is stored, by its sizes; so, of one large file among small ones. */
export async function largestContent(
  storage: StorageProvider,
): Promise<{ size: number; sha256: string }> {
  let largest = { key: '', size: -1 };
  for await (const entry of storage.list())
    if (entry.type === 'file' && entry.size > largest.size) largest = entry;
  const hash = createHash('sha256');
  await pipeline((await storage.download(largest.key)).body, hash);
  return { size: largest.size, sha256: hash.digest('hex') };
}
