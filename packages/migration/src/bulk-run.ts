import { isStorageError, type Key, type StorageError, throwIfAborted } from '@org/storage-core';
import { type Clock, systemClock } from './clock.js';
import type { EventListener, MigrationEvent } from './event.js';
import { Failures } from './failures.js';
import type { Journal } from './journal/journal.js';
import type { RunKind, RunOutcome } from './journal/run.js';
import { type RetryOptions, retry } from './retry.js';
import { RunCourse } from './run-course.js';
import { RunEvents } from './run-events.js';
import { forEach } from './worker-pool.js';

/** What all runs that work through many files understand. */
export interface BulkOptions {
  readonly journal: Journal;
  /** Files under way at once. Default 16. */
  readonly concurrency?: number;
  readonly retry?: RetryOptions;
  /**
   * So many files in a row that fail for a reason that is not theirs (a store is down, the credentials ran out) stop the
   * run. Default 50.
   */
  readonly failureLimit?: number;
  /** Tells what would be done, and changes nothing: neither a store nor the journal. Default `false`. */
  readonly dryRun?: boolean;
  /** When it fires, the files in flight are finished and no other is begun. */
  readonly stop?: AbortSignal;
  /** When it fires, everything ends at once; the same run can be made again. */
  readonly signal?: AbortSignal;
  readonly onEvent?: EventListener;
  /** Of the samples in the journal. Default the system's. */
  readonly clock?: Clock;
}

export interface BulkReport<Outcome extends string> {
  /** None of a dry run. */
  readonly runId?: string;
  /**
   * `complete` · `incomplete` there are files that failed, or that somebody has to look at · `interrupted` by `stop` ·
   * `stopped` at the failure limit.
   */
  readonly outcome: Exclude<RunOutcome, 'running'>;
  /** Why the run was stopped. */
  readonly reason?: StorageError;
  /** Files by what became of them, or would in a dry run; `failed`: all attempts failed. */
  readonly counts: Readonly<Record<Outcome | 'failed', number>>;
  /** Milliseconds. */
  readonly duration: number;
}

/** What was done with one file. */
export interface Done<Outcome extends string> {
  readonly outcome: Outcome;
  /** For people; a file without one is none of their business. */
  readonly message?: string | undefined;
  /** Writes it down. A journal that can't be written to ends the run: what is done now would be forgotten. */
  readonly record?: (() => Promise<void>) | undefined;
}

interface Item {
  readonly key: Key;
  /** Bytes. */
  readonly size: number;
}

export interface BulkRun<Outcome extends string> {
  /** `undefined` in a dry run. */
  readonly id: string | undefined;
  /** Fires when no other file is to be begun. */
  readonly stop: AbortSignal;
  /**
   * Does something with each file, some of them at once. A retryable failure is tried again, a lasting one is counted, and the
   * next file taken.
   * @param work `undefined`: nothing to be told yet.
   */
  each<T extends Item>(
    files: (stop: AbortSignal) => AsyncIterable<T>,
    work: (file: T, attempt: number) => Promise<Done<Outcome> | undefined>,
  ): Promise<void>;
  /** Counts and tells what became of a file. */
  settle(file: Item, done: Done<Outcome>): Promise<void>;
}

export interface BulkPlan<Outcome extends string> {
  readonly kind: RunKind;
  readonly outcomes: readonly Outcome[];
  /** Outcomes that leave the run incomplete. */
  readonly problems: readonly Outcome[];
  /** Default: the event `outcome`. */
  readonly event?: (file: Item, done: Done<Outcome | 'failed'>) => MigrationEvent;
  readonly work: (run: BulkRun<Outcome>) => Promise<void>;
}

/**
 * A run in the journal, from its start to its end.
 * @throws whatever keeps the journal, or the stores' listings, from being used at all.
 */
export async function bulkRun<Outcome extends string>(
  options: BulkOptions,
  plan: BulkPlan<Outcome>,
): Promise<BulkReport<Outcome>> {
  const { journal, stop, signal, dryRun = false, clock = systemClock } = options;
  const begun = performance.now();
  const run = dryRun ? undefined : await journal.startRun(plan.kind);
  const course = run && new RunCourse(journal, run.id, clock);
  using told = run && new RunEvents(run.id, plan.kind);
  const onEvent: EventListener = (event) => {
    course?.record(event);
    told?.tell(event);
    options.onEvent?.(event);
  };
  const failures = new Failures({ inARow: options.failureLimit });
  const counts = Object.fromEntries(
    [...plan.outcomes, 'failed'].map((name) => [name, 0]),
  ) as Record<Outcome | 'failed', number>;
  const end = async (outcome: RunOutcome) => {
    if (run !== undefined) await journal.endRun(run.id, outcome, course?.counts);
    told?.comesTo(outcome);
  };
  try {
    const halt = AbortSignal.any([failures.signal, ...(stop === undefined ? [] : [stop])]);
    await plan.work(openRun({ ...options, onEvent }, plan, run?.id, halt, failures, counts));
    throwIfAborted(signal);
    await course?.close();
  } catch (error) {
    await course?.close().catch(() => {}); // the error that brought us here says more
    await end(signal?.aborted ? 'interrupted' : 'stopped').catch(() => {});
    throw error;
  }
  const { reason } = failures;
  const open = [...plan.problems, 'failed' as const].some((name) => counts[name] > 0);
  const unfinished = stop?.aborted ? 'interrupted' : open ? 'incomplete' : 'complete';
  const outcome = reason === undefined ? unfinished : 'stopped';
  await end(outcome);
  return {
    ...(run === undefined ? {} : { runId: run.id }),
    outcome,
    ...(reason === undefined ? {} : { reason }),
    counts,
    duration: performance.now() - begun,
  };
}

function openRun<Outcome extends string>(
  options: BulkOptions,
  plan: BulkPlan<Outcome>,
  id: string | undefined,
  stop: AbortSignal,
  failures: Failures,
  counts: Record<Outcome | 'failed', number>,
): BulkRun<Outcome> {
  const { concurrency = 16, dryRun = false, signal, onEvent = () => {} } = options;
  const event = plan.event ?? outcomeOf(plan.kind);
  const settle = async (file: Item, done: Done<Outcome | 'failed'>) => {
    if (!dryRun) await done.record?.();
    counts[done.outcome]++;
    onEvent(event(file, done));
  };
  return {
    id,
    stop,
    settle,
    each: (files, work) =>
      forEach(files(stop), concurrency, async (file) => {
        const { key } = file;
        let done: Done<Outcome> | undefined;
        try {
          done = await retry(
            (attempt) => work(file, attempt),
            options.retry ?? {},
            signal,
            (retried) => onEvent({ type: 'retry', key, ...retried }),
          );
          failures.note(undefined);
        } catch (error) {
          if (!isStorageError(error) || signal?.aborted) throw error;
          failures.note(error);
          await settle(file, { outcome: 'failed', message: error.message });
          return;
        }
        if (done !== undefined) await settle(file, done);
      }),
  };
}

function outcomeOf(run: RunKind) {
  return ({ key, size }: Item, { outcome, message }: Done<string>): MigrationEvent => ({
    ...{ type: 'outcome', run, key, size, outcome },
    ...(message === undefined ? {} : { message }),
  });
}
