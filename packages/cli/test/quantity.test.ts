import { describe, expect, it } from 'vitest';
import { parseBytes, parseTime } from '../src/quantity.js';

describe('a number of bytes', () => {
  it.each([
    ['0', 0],
    ['4096', 4_096],
    ['10B', 10],
    ['500kB', 500_000],
    ['1 KiB', 1_024],
    ['10MiB', 10 * 1_024 ** 2],
    ['1.5GB', 1_500_000_000],
    ['2tib', 2 * 1_024 ** 4],
  ])('%s', (text, bytes) => {
    expect(parseBytes(text)).toBe(bytes);
  });

  it.each(['', 'MiB', '-1', '1e3', '10 MX', '1,5GB', '10Mi'])('is not %j', (text) => {
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
