import { describe, expect, it } from 'vitest';
import { parseBytes, parseTime } from '../src/quantity.js';

describe('a number of bytes', () => {
  it('is a size', () => {
    expect(parseBytes('10MiB')).toBe(10 * 1_024 ** 2);
  });

  it.each(['', '10 MX'])('is not %j', (text) => {
    expect(() => parseBytes(text)).toThrow(/It takes a number of bytes/);
  });
});

describe('a time', () => {
  const now = Date.parse('2026-02-10T12:00:00Z');

  it.each([
    ['12h', '2026-02-10T00:00:00Z'],
    ['30d', '2026-01-11T12:00:00Z'],
    ['2026-01-31', '2026-01-31T00:00:00Z'],
    ['2026-01-31T18:00+01:00', '2026-01-31T17:00:00Z'],
  ])('%s', (text, time) => {
    expect(parseTime(text, now)).toEqual(new Date(time));
  });

  it.each(['', 'yesterday', '30', '2026-13-01', '2026-01-32'])('is not %j', (text) => {
    expect(() => parseTime(text, now)).toThrow(/It takes a/);
  });
});
