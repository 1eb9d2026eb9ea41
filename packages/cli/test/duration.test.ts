import { describe, expect, it } from 'vitest';
import { parseDuration } from '../src/duration.js';

describe('a time on the command line', () => {
  it.each([
    ['0', 0],
    ['250ms', 250],
    ['90s', 90_000],
    ['15min', 900_000],
    ['1.5h', 5_400_000],
    [' 2d ', 172_800_000],
  ])('%j is %d ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(['', '5', '5 s', '-1s', '1e3s', '1w', 'h', `${'9'.repeat(20)}d`])('is not %j', (text) => {
    expect(() => parseDuration(text)).toThrow('90s, 15min');
  });
});
