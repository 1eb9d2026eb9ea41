import { Readable } from 'node:stream';
import type { ResolvedRange } from '@org/storage-core';
import { type OpenBody, type RangeSource, readRange } from './range-reader.js';

/**
 * Reads a range in pieces, several at once, and hands them on in order. A piece is kept in memory until its turn, and the
 * next one is asked for when the first of them is gone: never more than `concurrency × size` bytes.
 * @param first the first piece is read from it.
 */
export async function* readInPieces(
  source: RangeSource,
  range: ResolvedRange,
  { size, concurrency }: { readonly size: number; readonly concurrency: number },
  first: OpenBody,
): AsyncGenerator<Uint8Array> {
  const ahead: Readable[] = [];
  try {
    for (const piece of piecesOf(range, size)) {
      const chunks = readRange(source, piece, piece.start === range.start ? first : undefined);
      ahead.push(prefetched(chunks, size));
      if (ahead.length === concurrency) yield* next(ahead);
    }
    while (ahead.length > 0) yield* next(ahead);
  } finally {
    for (const piece of ahead) piece.destroy();
  }
}

/** The pieces of a range, each of `size` bytes but for the last one. */
export function* piecesOf({ start, end }: ResolvedRange, size: number): Generator<ResolvedRange> {
  for (let from = start; from <= end; from += size) {
    yield { start: from, end: Math.min(from + size - 1, end) };
  }
}

async function* next(ahead: Readable[]): AsyncGenerator<Uint8Array> {
  const [piece] = ahead;
  if (piece !== undefined) yield* piece as AsyncIterable<Uint8Array>;
  ahead.shift();
}

/** A stream of up to `size` bytes, which are read at once, and kept. */
function prefetched(chunks: AsyncIterable<Uint8Array>, size: number): Readable {
  const stream = Readable.from(chunks, { objectMode: false, highWaterMark: size });
  stream.on('error', () => {}); // it is thrown when it is read
  stream.read(0);
  return stream;
}
