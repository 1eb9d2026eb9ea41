import type { BigIntStats } from 'node:fs';
import type { ETag } from '@org/storage-core';

const hex = (n: bigint) => n.toString(16);

/**
 * What names the bytes of a file as long as nobody writes in place: a replaced file has another inode. An inode number that
 * is free is soon used again, and clocks of file systems move in steps: {@link distinctTime} tells such files apart.
 */
export function identityOf(stats: BigIntStats): string {
  return `${hex(stats.ino)}-${hex(stats.mtimeNs)}`;
}

/**
 * Of the identity and the size. Not of the status change time, which a link, a change of the mode or owner and the end of a
 * create-only upload move: a version would seem to be another one, though no byte of it has changed.
 */
export function etagOf({ ino, size, mtimeNs }: BigIntStats): ETag {
  return [ino, size, mtimeNs].map(hex).join('-') as ETag;
}

/**
 * A modification time for a body that is complete, as `utimes` takes it: in seconds, within the given millisecond. The
 * fraction of the millisecond comes from a clock of the whole machine, so that no two bodies of the same millisecond have
 * the same time.
 * @param milliseconds since the epoch.
 */
export function distinctTime(milliseconds: number): number {
  const fraction = Number(process.hrtime.bigint() % 1_000_000n) / 1_000_000;
  return (Math.floor(milliseconds) + fraction) / 1000;
}

export function modifiedAt(stats: BigIntStats): Date {
  return new Date(Number(stats.mtimeNs / 1_000_000n));
}
