import { describe, expect, it } from 'vitest';
import { parseDuration, parseSize } from '../src/index.js';

describe('a duration in text', () => {
  it.each([
    ['0', 0],
    ['250', 250],
    ['250ms', 250],
    ['90s', 90_000],
    ['5m', 300_000],
    ['15min', 900_000],
    ['1.5h', 5_400_000],
    [' 2d ', 172_800_000],
    ['0.4ms', 0],
  ])('%j is %d ms', (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
  });

  it.each(['', ' ', 's', '-1s', '5 s', '1e3s', '1w', '5M', `${'9'.repeat(20)}d`, 'Infinity'])(
    'is not %j',
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );
});

describe('a size in text', () => {
  it.each([
    ['0', 0],
    ['4096', 4_096],
    ['10B', 10],
    ['500kB', 500_000],
    ['1 KiB', 1_024],
    ['10MiB', 10 * 1_024 ** 2],
    ['1.5GB', 1_500_000_000],
    ['2tib', 2 * 1_024 ** 4],
  ])('%j is %d bytes', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  it.each(['', 'MiB', '-1', '1e3', '10 MX', '1,5GB', '10Mi', '1constructor', '9999999TiB'])(
    'is not %j',
    (text) => {
      expect(parseSize(text)).toBeUndefined();
    },
  );
});
