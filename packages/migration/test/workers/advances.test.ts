import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Advances } from '../../src/workers/advances.js';
import type { Advance } from '../../src/workers/messages.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('what a worker tells of its progress', () => {
  it('is one message for all files, with the last that is known of each', () => {
    const told: (readonly Advance[])[] = [];
    const advances = new Advances((all) => told.push(all));
    for (let bytes = 1; bytes <= 1_000; bytes++) advances.note({ id: 1, hashed: bytes });
    for (let bytes = 1; bytes <= 1_000; bytes++) advances.note({ id: 1, sent: bytes });
    advances.note({ id: 2, sent: 7 });
    expect(told).toEqual([]);
    vi.runAllTimers();
    expect(told).toEqual([
      [
        { id: 1, hashed: 1_000, sent: 1_000 },
        { id: 2, sent: 7 },
      ],
    ]);
    advances.note({ id: 2, sent: 8 });
    vi.runAllTimers();
    expect(told.at(-1)).toEqual([{ id: 2, sent: 8 }]);
  });

  it('goes with the answer where the file has come to its end before', () => {
    const told: (readonly Advance[])[] = [];
    const advances = new Advances((all) => told.push(all));
    advances.note({ id: 1, sent: 16 });
    expect(advances.end(1)).toEqual({ id: 1, sent: 16 });
    expect(advances.end(1)).toBeUndefined();
    vi.runAllTimers();
    expect(told).toEqual([]);
  });
});
