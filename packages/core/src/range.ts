import { StorageError } from './error.js';

/** A part of a file: bytes `start` to `end`, both counted from 0 and both included; or the last `suffix` bytes. */
export type ByteRange =
  | { readonly start: number; readonly end?: number }
  | { readonly suffix: number };

/** A range within a file of known size. */
export interface ResolvedRange {
  readonly start: number;
  /** Included. */
  readonly end: number;
}

/**
 * Fits a range to a file of `size` bytes, as RFC 9110, section 14.1.2: an end behind the last byte is cut, a suffix
 * longer than the file means all of it.
 * @throws StorageError `InvalidArgument` for numbers that make no range, `InvalidRange` where no byte is left.
 */
export function resolveRange(range: ByteRange, size: number): ResolvedRange {
  checkRange(range);
  if ('suffix' in range) {
    if (range.suffix === 0 || size === 0) throw outside(size);
    return { start: Math.max(0, size - range.suffix), end: size - 1 };
  }
  if (range.start >= size) throw outside(size);
  return { start: range.start, end: Math.min(range.end ?? size - 1, size - 1) };
}

/**
 * @throws StorageError `InvalidArgument` for numbers that make no range.
 */
export function checkRange(range: ByteRange): void {
  if (typeof range !== 'object' || range === null || !('suffix' in range || 'start' in range)) {
    throw new StorageError('InvalidArgument', 'a range is { start, end? } or { suffix }');
  }
  const numbers = 'suffix' in range ? [range.suffix] : [range.start, range.end ?? range.start];
  if (!numbers.every((n) => Number.isSafeInteger(n) && n >= 0)) {
    throw new StorageError('InvalidArgument', 'a range takes whole numbers of bytes, 0 or more');
  }
  if (!('suffix' in range) && range.end !== undefined && range.end < range.start) {
    throw new StorageError('InvalidArgument', 'a range can’t end before it starts');
  }
}

function outside(size: number): StorageError {
  return new StorageError('InvalidRange', `the range has no byte in a file of ${size} bytes`);
}
