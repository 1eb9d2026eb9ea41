import type { BigIntStats } from 'node:fs';
import type { ETag } from '@org/storage-core';

const hex = (n: bigint) => n.toString(16);

/**
 * What names the bytes of a file as long as nobody writes in place: a replaced file has another inode. An inode number that
 * is free is soon used again, and clocks of file systems move in steps: {@link distinctNow} tells such files apart.
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

/** Microseconds: a clock that goes back further was wrong before, and is followed. */
const LONGEST_STEP = 1_000_000;

/** Microseconds since the epoch: the last of {@link distinctNow}. */
let last = 0;

/**
 * A modification time for a body that is complete, as `utimes` takes it: now, in seconds, precise to a microsecond. No two
 * bodies of one process have the same, also where the clock stands still or goes back a little; and none of the machine, since
 * the fraction of the millisecond comes from a clock that all of its processes share.
 */
export function distinctNow(): number {
  const now = microsecondWithin(Date.now());
  last = now > last || last - now > LONGEST_STEP ? now : last + 1;
  return asSeconds(last);
}

/** A time for a body that keeps an earlier one. */
export function distinctWithin(millisecond: number): number {
  return asSeconds(microsecondWithin(millisecond));
}

function microsecondWithin(millisecond: number): number {
  return Math.floor(millisecond) * 1_000 + Number((process.hrtime.bigint() / 1_000n) % 1_000n);
}

/** The half keeps what cuts a number off from making it the microsecond before. */
function asSeconds(microseconds: number): number {
  return (microseconds + 0.5) / 1_000_000;
}

export function modifiedAt(stats: BigIntStats): Date {
  return new Date(Number(stats.mtimeNs / 1_000_000n));
}
