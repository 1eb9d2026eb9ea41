import type { Run, Sample } from '../journal/run.js';

/** What was done between two samples of a run. */
export interface Interval {
  readonly from: Date;
  readonly seconds: number;
  readonly files: number;
  readonly bytes: number;
  readonly failed: number;
  readonly retries: number;
}

/** Seconds that an interval has at least: over less, a rate says nothing. */
export const SHORTEST = 1;

/** What a run's samples tell of the time between them. Where the clock was set back, that time is left out. */
export function* intervalsOf(run: Run, samples: readonly Sample[]): Generator<Interval> {
  let from: Sample = { at: run.started, files: 0, bytes: 0, failed: 0, retries: 0 };
  let last: Interval | undefined;
  for (const sample of samples) {
    if (sample.at < from.at) from = { ...from, at: sample.at };
    const interval = between(from, sample);
    if (interval.seconds < SHORTEST) continue;
    if (last !== undefined) yield last;
    last = interval;
    from = sample;
  }
  const end = samples.at(-1);
  const rest = end === undefined || end === from ? undefined : between(from, end);
  if (last === undefined) {
    if (rest !== undefined && rest.seconds > 0) yield rest;
  } else yield rest === undefined ? last : joined(last, rest);
}

/** One interval of two that follow each other. */
export function joined(first: Interval, second: Interval): Interval {
  return {
    from: first.from,
    seconds: first.seconds + second.seconds,
    files: first.files + second.files,
    bytes: first.bytes + second.bytes,
    failed: first.failed + second.failed,
    retries: first.retries + second.retries,
  };
}

function between(from: Sample, to: Sample): Interval {
  return {
    from: from.at,
    seconds: (to.at.getTime() - from.at.getTime()) / 1000,
    files: to.files - from.files,
    bytes: to.bytes - from.bytes,
    failed: to.failed - from.failed,
    retries: to.retries - from.retries,
  };
}
