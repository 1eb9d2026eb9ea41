import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseHttpDate } from '../../src/download/http-date.js';
import { MAX_RANGES, parseRange } from '../../src/download/ranges.js';

describe('ranges', () => {
  const spec = fc.oneof(
    fc.tuple(fc.nat(1200), fc.nat(1200)).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
    fc.nat(1200).map((start) => `${start}-`),
    fc.nat(1200).map((suffix) => `-${suffix}`),
  );

  /** The bytes that a header names, one by one. */
  function named(specs: readonly string[], size: number): ReadonlySet<number> {
    const bytes = new Set<number>();
    for (const text of specs) {
      const [first = '', last = ''] = text.split('-');
      const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
      const end = first === '' || last === '' ? size - 1 : Number(last);
      for (let i = start; i <= Math.min(end, size - 1); i++) bytes.add(i);
    }
    return bytes;
  }

  test('all bytes that are asked for are sent, none twice, and few that are not', () => {
    fc.assert(
      fc.property(
        fc.array(spec, { minLength: 1, maxLength: MAX_RANGES }),
        fc.integer({ min: 1, max: 1000 }),
        (specs, size) => {
          const parts = parseRange(`bytes=${specs.join(',')}`, size) ?? [];
          const wanted = named(specs, size);
          const sent = new Set<number>();
          let twice = 0;
          for (const { start, end } of parts) {
            expect(start).toBeGreaterThanOrEqual(0);
            expect(end).toBeLessThan(size);
            for (let i = start; i <= end; i++) {
              if (sent.has(i)) twice += 1;
              sent.add(i);
            }
          }
          expect(twice).toBe(0);
          expect([...wanted].filter((i) => !sent.has(i))).toEqual([]);
          const extra = [...sent].filter((i) => !wanted.has(i)).length;
          expect(extra).toBeLessThanOrEqual(80 * (specs.length - 1));
        },
      ),
    );
  });

  test('parts stand where the first of their ranges stood', () => {
    expect(parseRange('bytes=700-709,0-9,705-720,300-309', 1000)).toEqual([
      { start: 700, end: 720 },
      { start: 0, end: 9 },
      { start: 300, end: 309 },
    ]);
  });

  test('any text is taken, in little time', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(1000), (text, size) => {
        parseRange(text, size);
        parseRange(`bytes=${text}`, size);
      }),
    );
    const parts = `0-${'9'.repeat(100)},`.repeat(100_000);
    expect(parseRange(`bytes=${parts}`, 1000)).toBeUndefined();
  });
});

describe('HTTP dates', () => {
  test('of any second are read back', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date(0), max: new Date('2200-01-01'), noInvalidDate: true }),
        (date) => {
          expect(parseHttpDate(date.toUTCString())).toBe(Math.floor(date.getTime() / 1000));
        },
      ),
    );
  });

  test.each([
    ['Sunday, 06-Nov-94 08:49:37 GMT', '1994-11-06T08:49:37Z'],
    ['Sun Nov  6 08:49:37 1994', '1994-11-06T08:49:37Z'],
    ['Saturday, 31-Dec-77 23:59:59 GMT', '1977-12-31T23:59:59Z'],
    ['Friday, 31-Dec-70 23:59:59 GMT', '2070-12-31T23:59:59Z'], // not more than fifty years ahead
    ['Sat, 31 Dec 2016 23:59:60 GMT', '2016-12-31T23:59:59Z'],
    ['Thu, 29 Feb 2024 00:00:00 GMT', '2024-02-29T00:00:00Z'],
  ])('%s', (text, iso) => {
    const now = new Date('2026-01-01T00:00:00Z');
    expect(parseHttpDate(text, now)).toBe(Date.parse(iso) / 1000);
  });

  test.each([
    ...[
      '',
      '0',
      '-1',
      '2024',
      '2024-05-01',
      'now',
      'Wed, 01 May 2024 12:00:00',
      'Wed, 01 May 2024 12:00:00 UTC',
    ],
    ...[
      'Wed, 1 May 2024 12:00:00 GMT',
      'Wed, 01 May 2024 24:00:00 GMT',
      'Wed, 01 May 2024 12:60:00 GMT',
    ],
    ...[
      'Thu, 29 Feb 2023 00:00:00 GMT',
      'Wed, 00 May 2024 12:00:00 GMT',
      'wed, 01 may 2024 12:00:00 gmt',
    ],
    ...[
      ' Wed, 01 May 2024 12:00:00 GMT',
      'Wed, 01 May 2024 12:00:00 GMT, Wed, 01 May 2024 12:00:00 GMT',
    ],
  ])('%j is none', (text) => {
    expect(parseHttpDate(text)).toBeUndefined();
  });
});
