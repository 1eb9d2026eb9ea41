import type { Journal } from '../journal/journal.js';
import type { Run, RunKind, Sample } from '../journal/run.js';
import { intervalsOf } from './intervals.js';
import type { CopyingOutcome, ReportedRun, ReportedWork } from './journal-report.js';
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
  const timelines = new Map<RunKind, TimelinePoints>();
  const runs: ReportedRun[] = [];
  let outcome: CopyingOutcome = 'none';
  for (const run of [...known].reverse()) {
    const samples = await journal.samples(run.id);
    const last = samples.at(-1);
    if (run.kind === 'migrate') outcome = outcomeOf(run, last, now);
    runs.unshift(reported(run, last));
    for (const interval of intervalsOf(run, samples)) {
      const timeline = timelines.get(run.kind) ?? new TimelinePoints();
      timelines.set(run.kind, timeline);
      timeline.add(interval);
    }
  }
  const work = [...timelines].flatMap(([kind, timeline]) => workOf(kind, timeline));
  return { runs, work, outcome };
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
