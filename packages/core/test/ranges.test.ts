import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ByteRange, checkRange, resolveRange } from '../src/index.js';

const SIZE = fc.nat({ max: 40 });
const RANGE: fc.Arbitrary<ByteRange> = fc.oneof(
  fc.record({ start: fc.nat({ max: 50 }) }),
  fc
    .tuple(fc.nat({ max: 50 }), fc.nat({ max: 50 }))
    .map(([start, length]) => ({ start, end: start + length })),
  fc.record({ suffix: fc.nat({ max: 50 }) }),
);

/** The bytes that a range selects, as RFC 9110 says, on the numbers of the bytes themselves. */
function selected(range: ByteRange, size: number): number[] {
  const all = Array.from({ length: size }, (_, i) => i);
  if ('suffix' in range) return all.filter((i) => i >= size - range.suffix);
  const { start, end = Number.POSITIVE_INFINITY } = range;
  return all.filter((i) => i >= start && i <= end);
}

describe('resolveRange', () => {
  it('selects the bytes that the range means, or says that there are none', () => {
    fc.assert(
      fc.property(RANGE, SIZE, (range, size) => {
        const bytes = selected(range, size);
        if (bytes.length === 0) {
          expect(() => resolveRange(range, size)).toThrow(
            expect.objectContaining({ code: 'InvalidRange' }),
          );
          return;
        }
        expect(resolveRange(range, size)).toEqual({ start: bytes[0], end: bytes.at(-1) });
      }),
      { numRuns: 2_000 },
    );
  });

  it('holds for files that are as large as numbers go', () => {
    const size = Number.MAX_SAFE_INTEGER;
    expect(resolveRange({ start: size - 1 }, size)).toEqual({ start: size - 1, end: size - 1 });
    expect(resolveRange({ suffix: size }, size)).toEqual({ start: 0, end: size - 1 });
  });
});

describe('checkRange', () => {
  it.each([
    null,
    'bytes=0-1',
    {},
    { end: 5 },
    { start: -1 },
    { start: 0.5 },
    { start: Number.NaN },
    { start: 5, end: 4 },
    { start: 0, end: Number.POSITIVE_INFINITY },
    { suffix: -1 },
    { suffix: '5' },
    { start: '0' },
  ])('refuses %j with InvalidArgument', (range) => {
    expect(() => checkRange(range as ByteRange)).toThrow(
      expect.objectContaining({ code: 'InvalidArgument' }),
    );
  });
});
