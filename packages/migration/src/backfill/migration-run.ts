import { StorageError } from '@org/storage-core';
import { type Clock, systemClock } from '../clock.js';
import type { EventListener } from '../event.js';
import { checkFailureBudget } from '../failures.js';
import type { Count } from '../journal/journal.js';
import { migrationStatus } from '../report/status.js';
import { RunCourse } from '../run-course.js';
import { RunEvents } from '../run-events.js';
import { sharedSignal } from '../shared-signal.js';
import { Workers } from '../workers/workers.js';
import type { CopyUpOptions, copyUp } from './copy-up.js';
import type { MigrateOptions, MigrationReport } from './migrate.js';
import { requireNewDirectory } from './new-directory.js';
import { paceOf } from './pace-state.js';
import { preflight } from './preflight.js';
import { type Selects, selects } from './selection.js';

/** What the work of a run is done with. */
export interface MigrationRun {
  readonly id: string;
  readonly selected: Selects | undefined;
  readonly live: boolean;
  readonly mayCommit: CopyUpOptions['mayCommit'];
  readonly signal: AbortSignal | undefined;
  readonly clock: Clock;
  readonly onEvent: EventListener;
  /** Makes an attempt, in another process. Default: in this one. */
  readonly copy: typeof copyUp | undefined;
}

/** What came of it. */
interface Worked {
  readonly notSelected: Count;
  /** Why it stopped before its end, if failures made it. */
  readonly reason: StorageError | undefined;
}

/**
 * A run in the journal, from its start to its report.
 * @param work Not to be begun unless the target can keep the copies safe.
 */
export async function migrationRun(
  given: MigrateOptions,
  work: (run: MigrationRun) => Promise<Worked>,
): Promise<MigrationReport> {
  const begun = performance.now();
  const signal = sharedSignal(given.signal);
  const { source, target, journal, stop, clock = systemClock } = given;
  const selected = selects(given.select);
  paceOf(given);
  checkFailureBudget(given.failureBudget);
  if (given.adopt !== undefined && given.workers !== undefined)
    throw new StorageError('InvalidArgument', 'other processes can’t adopt: adopt or workers');
  await preflight({ target, signal });
  await requireNewDirectory({ target, journal, known: given.knownFiles ?? false, signal });
  await using workers =
    given.workers && (await Workers.start(given.workers, { source, target, signal }));
  const { id } = await journal.startRun('migrate');
  const course = new RunCourse(journal, id, clock);
  using told = new RunEvents(id, 'migrate');
  const onEvent: EventListener = (event) => {
    course.record(event);
    told.tell(event);
    if (event.type === 'pace') workers?.setBandwidth(event.bandwidth);
    given.onEvent?.(event);
  };
  let worked: Worked;
  try {
    const how = { signal: workers?.signal ?? signal, copy: workers?.copy };
    worked = await work({ id, selected, ...liveOf(given), ...how, clock, onEvent });
    await course.close();
  } catch (error) {
    const outcome = signal?.aborted ? 'interrupted' : 'stopped';
    await course.close().catch(() => {}); // the error that brought us here says more
    await journal.endRun(id, outcome, course.counts).catch(() => {});
    told.comesTo(outcome);
    throw workers?.failure ?? error;
  }
  const { notSelected, reason } = worked;
  let status = await migrationStatus(journal, given);
  const unresolved = status.unresolved - notSelected.files;
  const outcome = reason
    ? 'stopped'
    : stop?.aborted
      ? 'interrupted'
      : unresolved > 0
        ? 'incomplete'
        : 'complete';
  await journal.endRun(id, outcome, course.counts);
  told.comesTo(outcome);
  status = await migrationStatus(journal, given);
  return {
    ...status,
    runId: id,
    outcome,
    notSelected,
    ...(reason === undefined ? {} : { reason }),
    duration: performance.now() - begun,
  };
}

function liveOf({ live = false }: MigrateOptions): Pick<MigrationRun, 'live' | 'mayCommit'> {
  if (typeof live === 'boolean') return { live, mayCommit: undefined };
  return { live: true, mayCommit: async () => live.check() };
}
