import { type Interval, joined, SHORTEST } from './intervals.js';

interface Stretch extends Interval {
  /** ms. */
  readonly begin: number;
  readonly end: number;
}

const COUNTS = ['files', 'bytes', 'failed', 'retries'] as const;

type Counts = Record<(typeof COUNTS)[number], number>;

const none = (): Counts => ({ files: 0, bytes: 0, failed: 0, retries: 0 });

/**
 * What several runs have done at the same time, added up: within an interval, a run counts as steady. Times at which none was at work are
 * left out. The times are those of the runs’ hosts, whose clocks may differ.
 */
export function* sideBySide(runs: readonly (readonly Interval[])[]): Generator<Interval> {
  const [only, ...others] = runs;
  if (only === undefined) return;
  if (others.length === 0) {
    yield* only;
    return;
  }
  let last: Interval | undefined;
  for (const interval of rounded(added(runs.flat().map(stretch)))) {
    if (last !== undefined && last.seconds < SHORTEST) last = joined(last, interval);
    else {
      if (last !== undefined) yield last;
      last = interval;
    }
  }
  if (last !== undefined) yield last;
}

function stretch(interval: Interval): Stretch {
  const begin = interval.from.getTime();
  return { ...interval, begin, end: begin + interval.seconds * 1000 };
}

/** Between each two moments at which any of them begins or ends: the sum of their shares. */
function* added(stretches: readonly Stretch[]): Generator<Interval> {
  const waiting = [...stretches].sort((a, b) => a.begin - b.begin);
  const cuts = [...new Set(stretches.flatMap(({ begin, end }) => [begin, end]))];
  cuts.sort((a, b) => a - b);
  let active: Stretch[] = [];
  let next = 0;
  for (const [at, begin] of cuts.entries()) {
    const end = cuts[at + 1];
    if (end === undefined) return;
    active = active.filter((each) => each.end > begin);
    for (; waiting[next]?.begin === begin; next++) active.push(...waiting.slice(next, next + 1));
    if (active.length === 0) continue;
    const counts = none();
    for (const each of active)
      for (const what of COUNTS) counts[what] += (each[what] * (end - begin)) / 1000 / each.seconds;
    yield { from: new Date(begin), seconds: (end - begin) / 1000, ...counts };
  }
}

/** In whole numbers that come to the same sums. */
function* rounded(intervals: Iterable<Interval>): Generator<Interval> {
  const exact = none();
  const told = none();
  for (const interval of intervals) {
    const counts = none();
    for (const what of COUNTS) {
      exact[what] += interval[what];
      counts[what] = Math.round(exact[what]) - told[what];
      told[what] += counts[what];
    }
    yield { ...interval, ...counts };
  }
}
