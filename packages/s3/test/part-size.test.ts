import type { ETag } from '@org/storage-core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rangesOf } from '../src/copy.js';
import {
  fittedConcurrency,
  fittedPartSize,
  MAX_OBJECT_SIZE,
  MAX_PART_SIZE,
  MAX_PARTS,
  MIN_PART_SIZE,
} from '../src/part-size.js';
import { resumedPartSize } from '../src/resumed-parts.js';

const sizes = fc.oneof(
  fc.integer({ min: 0, max: MAX_OBJECT_SIZE }),
  fc.integer({ min: 0, max: 200 }).map((n) => MAX_OBJECT_SIZE - n),
  fc.integer({ min: -2, max: 2 }).map((n) => MIN_PART_SIZE * MAX_PARTS + n),
);
const partSizes = fc.oneof(
  fc.integer({ min: MIN_PART_SIZE, max: MAX_PART_SIZE }),
  fc.constant(MIN_PART_SIZE),
);

test('every file fits into 10,000 parts of a size that S3 takes', () => {
  fc.assert(
    fc.property(sizes, partSizes, (size, preferred) => {
      const partSize = fittedPartSize(size, preferred);
      expect(partSize).toBeGreaterThanOrEqual(preferred);
      expect(partSize).toBeLessThanOrEqual(MAX_PART_SIZE);
      expect(Math.ceil(size / partSize)).toBeLessThanOrEqual(MAX_PARTS);
    }),
  );
});

test('parts are no larger than they have to be', () => {
  fc.assert(
    fc.property(sizes, partSizes, (size, preferred) => {
      const partSize = fittedPartSize(size, preferred);
      if (partSize > preferred) {
        expect(Math.ceil(size / (partSize - 1024 ** 2))).toBeGreaterThan(MAX_PARTS);
      }
    }),
  );
  expect(fittedPartSize(undefined, MIN_PART_SIZE)).toBe(MIN_PART_SIZE);
});

test('larger parts take no more memory', () => {
  fc.assert(
    fc.property(sizes, partSizes, fc.integer({ min: 1, max: 64 }), (size, preferred, wanted) => {
      const partSize = fittedPartSize(size, preferred);
      const concurrency = fittedConcurrency(partSize, preferred, wanted);
      expect(concurrency).toBeGreaterThanOrEqual(1);
      expect(concurrency).toBeLessThanOrEqual(wanted);
      if (concurrency > 1) expect(concurrency * partSize).toBeLessThanOrEqual(wanted * preferred);
      if (partSize === preferred) expect(concurrency).toBe(wanted);
    }),
  );
});

test('an upload that is continued goes on with its parts’ size where the file fits, in no more memory', () => {
  const firsts = fc.option(fc.integer({ min: 1, max: MAX_PART_SIZE }));
  fc.assert(
    fc.property(sizes, partSizes, firsts, fc.nat(7), (size, partSize, first, more) => {
      const concurrency = more + 1;
      const part = { number: 1, etag: 'x' as ETag, size: first ?? 0, checksums: {} };
      const resumed = first === null ? undefined : { parts: new Map([[1, part]]) };
      const found = resumedPartSize({ partSize, concurrency }, resumed, size);
      const fitted = fittedPartSize(size, partSize);
      expect([fitted, first]).toContain(found);
      expect(found).toBeGreaterThanOrEqual(MIN_PART_SIZE);
      expect(Math.ceil(size / found)).toBeLessThanOrEqual(MAX_PARTS);
      expect(found).toBeLessThanOrEqual(Math.max(fitted, partSize * concurrency));
    }),
  );
  const resumed = (size: number) => ({
    parts: new Map([[1, { number: 1, etag: 'x' as ETag, size, checksums: {} }]]),
  });
  const bucket = { partSize: 2 * MIN_PART_SIZE, concurrency: 4 };
  for (const size of [MIN_PART_SIZE, 3 * MIN_PART_SIZE]) {
    expect(resumedPartSize(bucket, resumed(size), 100 * MIN_PART_SIZE)).toBe(size);
    expect(resumedPartSize(bucket, resumed(size), undefined)).toBe(size);
  }
});

test('the ranges of a copy are the whole file, each byte once', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 10_000 }),
      fc.integer({ min: 1, max: 3_000 }),
      (size, part) => {
        let next = 0;
        for (const range of rangesOf(size, part)) {
          const [start, end] = range.replace('bytes=', '').split('-').map(Number);
          expect(start).toBe(next);
          next = (end ?? Number.NaN) + 1;
        }
        expect(next).toBe(size);
      },
    ),
  );
});
