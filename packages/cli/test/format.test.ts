import { describe, expect, it } from 'vitest';
import { formatBytes, formatSeconds, printable } from '../src/format.js';

describe('what people read', () => {
  it('sizes', () => {
    const sizes = [0, 1023, 1024, 1536, 150 * 1024, 5 * 1024 ** 3, 2 ** 60];
    expect(sizes.map(formatBytes)).toEqual([
      '0 B',
      '1023 B',
      '1.0 KiB',
      '1.5 KiB',
      '150 KiB',
      '5.0 GiB',
      '1024 PiB',
    ]);
  });

  it('durations', () => {
    expect([0, 59.4, 60, 3599, 3725].map(formatSeconds)).toEqual([
      '0 s',
      '59 s',
      '1 min 00 s',
      '59 min 59 s',
      '1 h 02 min',
    ]);
  });

  it('names can’t steer the terminal', () => {
    expect(printable('a\u001b[2Jb\nü')).toBe('a\\x1b[2Jb\\x0aü');
  });
});
