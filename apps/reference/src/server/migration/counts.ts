import {
  failureCauses,
  type Journal,
  migrationStatus,
  RESOLVED,
  type Run,
  type Sample,
  UNRESOLVED,
} from '@org/storage-migration';
import type { Count, FailureState, ProgressState } from './state.js';

/** What a journal tells of all runs together. */
export interface Counts {
  readonly progress: ProgressState;
  readonly failures: readonly FailureState[];
}

const NONE: Count = { files: 0, bytes: 0 };

/** Before there is a journal. */
export const NOTHING: Counts = {
  progress: {
    ...{ begun: false, total: NONE, done: NONE, states: {}, unresolved: 0 },
    ...{ verified: 0, unverified: 0, retired: 0 },
  },
  failures: [],
};

/** Causes that are told. */
const CAUSES = 10;

/** Newest runs that are told. */
const RUNS = 20;

export async function countsOf(journal: Journal): Promise<Counts> {
  const [status, unverified, retired, failures] = await Promise.all([
    migrationStatus(journal),
    journal.unverified('checksum'),
    journal.retirements(),
    failureCauses(journal, CAUSES),
  ]);
  const { files } = status;
  const total = sum(Object.values(files));
  const open = sum(UNRESOLVED.map((state) => files[state]));
  const resolved = sum(RESOLVED.map((state) => files[state]));
  return {
    progress: {
      begun: status.lastRun !== undefined,
      total,
      done: { files: total.files - open.files, bytes: total.bytes - open.bytes },
      states: files,
      unresolved: status.unresolved,
      verified: resolved.files - unverified,
      unverified,
      retired: (retired.retired ?? 0) + (retired.gone ?? 0),
    },
    failures,
  };
}

/** A run, and how far it had come when it last gave a sign of life. */
export interface RunCourse {
  readonly run: Run;
  /** Of the last minute, for the newest run; else the last one. */
  readonly samples: readonly Sample[];
}

/** A sample is taken every five seconds. */
const MINUTE_OF_SAMPLES = 13;

/** The newest runs, newest first. */
export async function coursesOf(journal: Journal): Promise<readonly RunCourse[]> {
  const runs = await journal.runs(RUNS);
  return Promise.all(
    runs.map(async (run, index) => ({
      run,
      samples: await journal.samples(run.id, index === 0 ? MINUTE_OF_SAMPLES : 1),
    })),
  );
}

function sum(counts: readonly Count[]): Count {
  return {
    files: counts.reduce((total, { files }) => total + files, 0),
    bytes: counts.reduce((total, { bytes }) => total + bytes, 0),
  };
}
