import type { Journal } from '../journal/journal.js';
import type { Run, RunKind, Sample } from '../journal/run.js';
import { type Interval, intervalsOf } from './intervals.js';
import type { CopyingOutcome, ReportedRun, ReportedWork } from './journal-report.js';
import { sideBySide } from './side-by-side.js';
import { rateOf, TimelinePoints } from './timeline.js';

/** Milliseconds without a sign of life after which a run that has not ended seems to be dead. */
export const SILENCE = 60_000;

/** When a run that has not ended gave its last sign of life. */
export function lastSign(run: Run, lastSample: Sample | undefined): Date {
  return lastSample === undefined || lastSample.at < run.started ? run.started : lastSample.at;
}

/** What a journal's runs come to: one by one, by kind, and the outcome of the copying. */
export async function reportRuns(
  journal: Journal,
  now: Date,
): Promise<{ runs: ReportedRun[]; work: ReportedWork[]; outcome: CopyingOutcome }> {
  const known = await journal.runs();
  const courses = new Map<RunKind, Course>();
  const runs: ReportedRun[] = [];
  let outcome: CopyingOutcome = 'none';
  for (const run of [...known].reverse()) {
    const samples = await journal.samples(run.id);
    const last = samples.at(-1);
    if (run.kind === 'migrate') outcome = outcomeOf(run, last, now);
    runs.unshift(reported(run, last));
    const course = courses.get(run.kind) ?? new Course();
    courses.set(run.kind, course);
    course.add([...intervalsOf(run, samples)]);
  }
  const work = [...courses].flatMap(([kind, course]) => workOf(kind, course.end()));
  return { runs, work, outcome };
}

/** The runs of a kind, in the order in which they began: those that are at work at the same time count as one. */
class Course {
  readonly #timeline = new TimelinePoints();
  #together: (readonly Interval[])[] = [];
  /** When the last of them ends, in ms. */
  #until = 0;

  add(intervals: readonly Interval[]): void {
    const [first, last] = [intervals[0], intervals.at(-1)];
    if (first === undefined || last === undefined) return;
    if (first.from.getTime() >= this.#until) this.end();
    this.#together.push(intervals);
    this.#until = Math.max(this.#until, last.from.getTime() + last.seconds * 1000);
  }

  end(): TimelinePoints {
    for (const interval of sideBySide(this.#together)) this.#timeline.add(interval);
    this.#together = [];
    return this.#timeline;
  }
}

function reported(run: Run, last: Sample | undefined): ReportedRun {
  const { files, bytes, failed, retries } = last ?? { files: 0, bytes: 0, failed: 0, retries: 0 };
  const end = run.ended ?? lastSign(run, last);
  const seconds = Math.max(0, end.getTime() - run.started.getTime()) / 1000;
  return { ...run, seconds, files, bytes, failed, retries };
}

function outcomeOf(run: Run, last: Sample | undefined, now: Date): CopyingOutcome {
  if (run.outcome !== 'running') return run.outcome;
  return now.getTime() - lastSign(run, last).getTime() > SILENCE ? 'silent' : 'running';
}

function workOf(kind: RunKind, { points }: TimelinePoints): ReportedWork[] {
  const files = rateOf(points, 'files');
  const bytes = rateOf(points, 'bytes');
  if (files === undefined || bytes === undefined) return [];
  const seconds = points.reduce((total, point) => total + point.seconds, 0);
  return [{ kind, seconds, files, bytes, timeline: points }];
}
