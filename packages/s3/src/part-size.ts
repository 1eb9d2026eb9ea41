/** S3's limits, https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
export const MAX_PARTS = 10_000;
/** Bytes; the last part may be smaller. */
export const MIN_PART_SIZE = 5 * 1024 ** 2;
/** Bytes. */
export const MAX_PART_SIZE = 5 * 1024 ** 3;
/** Bytes that one PutObject or CopyObject can carry. */
export const MAX_SINGLE_SIZE = 5 * 1024 ** 3;
/** Bytes: 48.8 TiB, since December 2025; it had been 5 TiB, which other servers may still hold to. */
export const MAX_OBJECT_SIZE = MAX_PARTS * MAX_PART_SIZE;

const MIB = 1024 ** 2;

/**
 * The size of the parts, in bytes, for a file of `size` bytes: the preferred one, or as much more as fits the file into
 * 10,000 parts, in whole MiB. All parts but the last have this size, as Cloudflare R2 demands.
 */
export function fittedPartSize(size: number | undefined, preferred: number): number {
  const least = Math.ceil((size ?? 0) / MAX_PARTS);
  return least <= preferred ? preferred : Math.ceil(least / MIB) * MIB;
}

/**
 * How many parts may be under way at once, so that larger parts don't take more memory: `parts × partSize` stays
 * within `concurrency × preferred` bytes, but for a single part that is larger by itself.
 */
export function fittedConcurrency(
  partSize: number,
  preferred: number,
  concurrency: number,
): number {
  return Math.max(1, Math.floor((concurrency * preferred) / partSize));
}
