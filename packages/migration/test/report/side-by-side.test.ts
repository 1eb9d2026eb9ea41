import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Interval } from '../../src/report/intervals.js';
import { sideBySide } from '../../src/report/side-by-side.js';

/** A run that begins so many seconds late, with an interval of each length and number of files. */
function run(begin: number, ...intervals: readonly (readonly [seconds: number, files: number])[]) {
  let from = begin * 1000;
  return intervals.map(([seconds, files]): Interval => {
    const interval = { from: new Date(from), seconds, files, bytes: files * 10 };
    from += seconds * 1000;
    return { ...interval, failed: 0, retries: 0 };
  });
}

const rates = (intervals: Iterable<Interval>) =>
  [...intervals].map(({ from, seconds, files }) => [from.getTime() / 1000, seconds, files]);

describe('runs side by side', () => {
  it('of one, it is that one', () => {
    const alone = run(3, [5, 10], [5, 20]);
    expect([...sideBySide([alone])]).toEqual(alone);
    expect([...sideBySide([])]).toEqual([]);
  });

  it('add up while they are at work together', () => {
    const both = sideBySide([run(0, [10, 100], [10, 100]), run(5, [10, 50])]);
    expect(rates(both)).toEqual([
      [0, 5, 50],
      [5, 5, 75],
      [10, 5, 75],
      [15, 5, 50],
    ]);
  });

  it('leave out the time at which none was at work', () => {
    const both = sideBySide([run(0, [5, 10]), run(2, [3, 3], [2, 2]), run(20, [5, 5])]);
    expect(rates(both).map(([from]) => from)).toEqual([0, 2, 5, 20]);
  });

  it('lose and invent nothing, and have no interval that is too short to tell a rate', () => {
    const interval = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 99 }));
    const some = fc.tuple(
      fc.integer({ min: 0, max: 50_000 }),
      fc.array(interval, { minLength: 1, maxLength: 5 }),
    );
    fc.assert(
      fc.property(fc.array(some, { minLength: 2, maxLength: 4 }), (given) => {
        const runs = given.map(([begin, intervals]) => run(begin / 1000, ...intervals));
        const added = [...sideBySide(runs)];
        const filesOf = (all: readonly Interval[]) =>
          all.reduce((sum, { files }) => sum + files, 0);
        expect(filesOf(added)).toBe(filesOf(runs.flat()));
        for (const { files, seconds } of added.slice(0, -1)) {
          expect(Number.isInteger(files)).toBe(true);
          expect(seconds).toBeGreaterThanOrEqual(1);
        }
      }),
    );
  });
});
