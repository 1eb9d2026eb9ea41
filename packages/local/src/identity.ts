import type { BigIntStats } from 'node:fs';
import type { ETag } from '@org/storage-core';

const hex = (n: bigint) => n.toString(16);

/** What names the bytes of a file as long as nobody writes in place: a replaced file has another inode. */
export function identityOf(stats: BigIntStats): string {
  return `${hex(stats.ino)}-${hex(stats.mtimeNs)}`;
}

/** The status change time tells apart what a writer that sets the modification time back would hide. */
export function etagOf(stats: BigIntStats): ETag {
  const { ino, size, mtimeNs, ctimeNs } = stats;
  return [ino, size, mtimeNs, ctimeNs].map(hex).join('-') as ETag;
}

export function modifiedAt(stats: BigIntStats): Date {
  return new Date(Number(stats.mtimeNs / 1_000_000n));
}
