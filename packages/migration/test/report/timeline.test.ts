import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Run, Sample } from '../../src/index.js';
import { type Interval, intervalsOf } from '../../src/report/intervals.js';
import { rateOf, TimelinePoints } from '../../src/report/timeline.js';

const started = new Date('2026-05-01T10:00:00Z');
const run: Run = { id: 'r', kind: 'migrate', started, outcome: 'complete' };

const sample = (second: number, files: number, bytes = files): Sample => ({
  at: new Date(started.getTime() + second * 1000),
  files,
  bytes,
  failed: 0,
  retries: 0,
});

const told = (samples: readonly Sample[]) =>
  [...intervalsOf(run, samples)].map(({ seconds, files }) => [seconds, files]);

describe('the intervals between samples', () => {
  it('begin with the run', () => {
    expect(told([sample(2, 4), sample(5, 10)])).toEqual([
      [2, 4],
      [3, 6],
    ]);
  });

  it('of less than a second are joined with others, since their rates would say nothing', () => {
    expect(told([sample(2, 4), sample(2.01, 500), sample(4, 600), sample(4.001, 900)])).toEqual([
      [2, 4],
      [2.001, 896],
    ]);
    expect(told([sample(0.5, 4)])).toEqual([[0.5, 4]]);
    expect(told([sample(0, 0)])).toEqual([]);
    expect(told([])).toEqual([]);
  });

  it('leave out the time by which the clock was set back, and no file', () => {
    const intervals = told([sample(10, 10), sample(4, 20), sample(6, 30)]);
    expect(intervals).toEqual([
      [10, 10],
      [2, 20],
    ]);
  });
});

describe('a timeline', () => {
  const interval = fc.record({
    from: fc.constant(started),
    seconds: fc.integer({ min: 1, max: 30 }),
    files: fc.nat(1000),
    bytes: fc.nat(1_000_000),
    failed: fc.nat(5),
    retries: fc.nat(9),
  });

  it('has at most so many points, loses nothing and keeps the peaks', () => {
    fc.assert(
      fc.property(
        fc.array(interval, { minLength: 1, maxLength: 300, size: 'max' }),
        (intervals) => {
          const timeline = new TimelinePoints(20);
          for (const given of intervals) timeline.add(given);
          const { points } = timeline;
          expect(points.length).toBeLessThanOrEqual(20);
          const sum = (of: readonly Interval[], name: keyof Omit<Interval, 'from'>) =>
            of.reduce((total, one) => total + one[name], 0);
          for (const name of ['seconds', 'files', 'bytes', 'failed', 'retries'] as const)
            expect(sum(points, name)).toBe(sum(intervals, name));
          expect(Math.max(...points.map(({ peakByteRate }) => peakByteRate))).toBe(
            Math.max(...intervals.map(({ bytes, seconds }) => bytes / seconds)),
          );
          let after = 0;
          for (const point of points) {
            expect(point.after).toBe(after);
            after += point.seconds;
          }
        },
      ),
    );
  });

  it('has points of equal numbers of intervals, so that time is told evenly', () => {
    const timeline = new TimelinePoints(4);
    for (let second = 0; second < 12; second++)
      timeline.add({ from: started, seconds: 1, files: 1, bytes: 0, failed: 0, retries: 0 });
    expect(timeline.points.map(({ seconds }) => seconds)).toEqual([4, 4, 4]);
  });
});

describe('rates', () => {
  it('are the mean, the median by time, and the peak', () => {
    const timeline = new TimelinePoints();
    for (const given of intervalsOf(run, [sample(1, 100), sample(11, 110), sample(13, 150)]))
      timeline.add(given);
    expect(rateOf(timeline.points, 'files')).toEqual({ mean: 150 / 13, median: 1, peak: 100 });
    expect(rateOf([], 'files')).toBeUndefined();
  });
});
