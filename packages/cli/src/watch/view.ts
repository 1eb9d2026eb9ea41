import {
  type Control,
  type Count,
  type FailureCause,
  failureCauses,
  type Journal,
  lastSign,
  type MigrationStatus,
  migrationStatus,
  RESOLVED,
  type Run,
  type Sample,
  SILENCE,
} from '@org/storage-migration';

/** What a run did lately, and what is left for it. */
interface Lately {
  /** Seconds that it is about. */
  readonly seconds: number;
  /** A second. */
  readonly files: number;
  /** Bytes a second. */
  readonly bytes: number;
  readonly failed: number;
  readonly retries: number;
}

/** A migration as one moment shows it. */
export interface View {
  readonly now: Date;
  readonly status: MigrationStatus;
  readonly control: Control;
  /** Of the newest run: whether it is under way, and has given a sign of life within a minute. */
  readonly alive: boolean;
  readonly lastSign?: Date;
  readonly lately?: Lately;
  /** Files that the run which is under way has still to do, where that is known. */
  readonly left?: number;
  /** Until nothing is left, at the rate of late. */
  readonly secondsLeft?: number;
  /** The commonest, with an example each. */
  readonly failures: readonly FailureCause[];
}

/** Samples that the rate of late is made of: a minute's, where one is taken every five seconds. */
const SAMPLES = 13;

const CAUSES = 3;

/** How much longer than it took to count the files the next count is put off: looking must not burden the journal. */
const PATIENCE = 20;

/** Looks into a journal again and again. */
export class Watcher {
  readonly #journal: Journal;
  readonly #now: () => Date;
  #counted:
    | { status: MigrationStatus; failures: readonly FailureCause[]; until: number }
    | undefined;

  constructor(journal: Journal, now: () => Date = () => new Date()) {
    this.#journal = journal;
    this.#now = now;
  }

  async look(): Promise<View> {
    const [control, [run]] = await Promise.all([this.#journal.control(), this.#journal.runs(1)]);
    const samples = run === undefined ? [] : await this.#journal.samples(run.id, SAMPLES);
    const { failures, ...counted } = await this.#count(run);
    const status: MigrationStatus = {
      ...counted.status,
      ...(run === undefined ? {} : { lastRun: run }),
    };
    const now = this.#now();
    const common = { now, status, control, failures };
    if (run === undefined) return { ...common, alive: false };
    const sign = lastSign(run, samples.at(-1));
    const alive = run.outcome === 'running' && now.getTime() - sign.getTime() <= SILENCE;
    if (!alive) return { ...common, alive, lastSign: sign };
    return { ...common, alive, lastSign: sign, ...pace(run, samples, status) };
  }

  /** Counts anew, unless the last count took long and was a short while ago. */
  async #count(run: Run | undefined) {
    const begun = performance.now();
    const known = this.#counted;
    const ended = run?.outcome !== known?.status.lastRun?.outcome;
    if (known !== undefined && begun < known.until && !ended) return known;
    const status = await migrationStatus(this.#journal);
    const failures = await failureCauses(this.#journal, CAUSES);
    const end = performance.now();
    this.#counted = { status, failures, until: end + (end - begun) * PATIENCE };
    return this.#counted;
  }
}

/** How fast a run has been of late, and how long the rest takes at that. Nothing before its first sample. */
function pace(
  run: Run,
  samples: readonly Sample[],
  status: MigrationStatus,
): Pick<View, 'lately' | 'left' | 'secondsLeft'> {
  const last = samples.at(-1);
  const start = { at: run.started, files: 0, bytes: 0, failed: 0, retries: 0 };
  const first = samples.length < SAMPLES ? start : samples[0];
  if (first === undefined || last === undefined || last.at <= first.at) return {};
  const seconds = (last.at.getTime() - first.at.getTime()) / 1000;
  const lately: Lately = {
    seconds,
    files: (last.files - first.files) / seconds,
    bytes: (last.bytes - first.bytes) / seconds,
    failed: last.failed - first.failed,
    retries: last.retries - first.retries,
  };
  const left = leftFor(run, last, status);
  if (left === undefined) return { lately };
  // Small files cost by their number, large ones by their bytes: the longer of the two estimates holds.
  const times = [
    ...(lately.files > 0 ? [left.files / lately.files] : []),
    ...(lately.bytes > 0 ? [left.bytes / lately.bytes] : []),
  ];
  return {
    lately,
    left: left.files,
    ...(times.length === 0 ? {} : { secondsLeft: Math.max(...times) }),
  };
}

function leftFor(run: Run, last: Sample, { files }: MigrationStatus): Count | undefined {
  if (run.kind === 'migrate') return files.pending;
  if (run.kind !== 'verify') return undefined;
  const resolved = RESOLVED.reduce((sum, state) => sum + files[state].files, 0);
  return { files: Math.max(0, resolved - last.files), bytes: 0 };
}
