import { Readable } from 'node:stream';
import type { ResolvedRange } from '@org/storage-core';
import { type RangeSource, readRange } from './range-reader.js';

/**
 * What the first body of a range goes on with where it breaks: the bytes that are missing, as {@link readRange} gets them. Most
 * bodies don't break, and small ones are not to pay for what it takes to go on.
 */
export function continuation(
  source: RangeSource,
  { start, end }: ResolvedRange,
): (position: number, broken: Error) => Readable {
  return (position, broken) => {
    const rest = readRange(source, { start: start + position, end }, undefined, broken);
    return Readable.from(rest, { objectMode: false });
  };
}
