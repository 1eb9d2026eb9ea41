import { type Interval, joined } from './intervals.js';

/** A stretch of time at work. */
export interface TimelinePoint extends Interval {
  /** Seconds at work before it, in all runs of the kind: pauses between runs don't count. */
  readonly after: number;
  /** Files a second, in the fastest interval between two samples. */
  readonly peakFileRate: number;
  /** Bytes a second, in the fastest interval between two samples. */
  readonly peakByteRate: number;
}

/** A rate over a time at work: `median` by time, over the timeline's points; `peak` in the fastest interval between two samples. */
export interface Rate {
  readonly mean: number;
  readonly median: number;
  readonly peak: number;
}

/**
 * Joins intervals to at most `limit` points as they come, so that any number of them fits: whenever there are too many points,
 * each two become one, which keeps the peak of either.
 */
export class TimelinePoints {
  readonly #limit: number;
  readonly #points: TimelinePoint[] = [];
  /** Intervals that a point holds, and that the last one holds already. */
  #span = 1;
  #held = 0;
  #seconds = 0;

  /** @param limit Even. */
  constructor(limit = 200) {
    this.#limit = limit;
  }

  get points(): readonly TimelinePoint[] {
    return this.#points;
  }

  add(interval: Interval): void {
    const point = pointOf(interval, this.#seconds);
    this.#seconds += interval.seconds;
    const last = this.#points.at(-1);
    if (last !== undefined && this.#held < this.#span) {
      this.#points[this.#points.length - 1] = together(last, point);
      this.#held++;
      return;
    }
    if (this.#points.length === this.#limit) this.#halve();
    this.#points.push(point);
    this.#held = 1;
  }

  #halve(): void {
    const { length } = this.#points;
    for (let i = 0; i < length; i += 2) {
      const [first, second] = this.#points.slice(i, i + 2);
      if (first !== undefined && second !== undefined)
        this.#points[i / 2] = together(first, second);
    }
    this.#points.length = length / 2;
    this.#span *= 2;
  }
}

/** @returns `undefined` if nothing is known. */
export function rateOf(
  points: readonly TimelinePoint[],
  what: 'files' | 'bytes',
): Rate | undefined {
  const peak = what === 'files' ? 'peakFileRate' : 'peakByteRate';
  const seconds = sum(points.map((point) => point.seconds));
  if (seconds === 0) return undefined;
  const byRate = points
    .map((point) => ({ rate: point[what] / point.seconds, seconds: point.seconds }))
    .sort((a, b) => a.rate - b.rate);
  let before = 0;
  const middle = byRate.find((point) => {
    before += point.seconds;
    return before >= seconds / 2;
  });
  return {
    mean: sum(points.map((point) => point[what])) / seconds,
    median: middle?.rate ?? 0,
    peak: Math.max(...points.map((point) => point[peak])),
  };
}

function pointOf(interval: Interval, after: number): TimelinePoint {
  const { files, bytes, seconds } = interval;
  return { ...interval, after, peakFileRate: files / seconds, peakByteRate: bytes / seconds };
}

function together(first: TimelinePoint, second: TimelinePoint): TimelinePoint {
  return {
    ...joined(first, second),
    after: first.after,
    peakFileRate: Math.max(first.peakFileRate, second.peakFileRate),
    peakByteRate: Math.max(first.peakByteRate, second.peakByteRate),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
