import {
  MAX_KEY_BYTES,
  type SkipReason,
  StorageError,
  type StorageProvider,
} from '@org/storage-core';
import { preflight } from '../backfill/preflight.js';
import { sharedSignal } from '../shared-signal.js';
import { CostCounter, type CostEstimate } from './cost.js';
import type { PlanEvent } from './event.js';
import type { FileLimits } from './file-checks.js';
import { InventoryCounter, type PlanInventory } from './inventory.js';
import { KeyCollisions } from './key-collisions.js';
import { type Leftover, measureTime } from './measure-time.js';
import type { PriceList } from './price-list.js';
import { type PlanProblem, ProblemCounter, type ProblemSummary } from './problem.js';
import { Sample } from './sample.js';
import type { TimeEstimate } from './time.js';
import { checkTypes, type TypeOf } from './type-check.js';
import { walkSource } from './walk.js';

export interface PlanOptions {
  readonly source: StorageProvider;
  /** Where the files are to go. Without `measure: 'target'` it is asked for what it says of itself, and gets no request. */
  readonly target?: StorageProvider;
  /** What the target puts before each key, such as the `prefix` of an S3 provider. Default none. */
  readonly prefix?: string;
  /**
   * `source`, the default: a sample is read and hashed, and nothing is changed anywhere. `target`: it is sent as well, below
   * `.storage/plan-…/`, created only where there is nothing and removed again; and the target is tried first, as `migrate` does.
   */
  readonly measure?: 'source' | 'target';
  /** Kinds of skipped things that don't make the migration incomplete, as of `migrate`. Default none. */
  readonly accept?: readonly SkipReason[];
  /** Problems of a kind that the plan names. Default 5. */
  readonly examples?: number;
  /** Told of every problem. */
  readonly onProblem?: (problem: PlanProblem) => void;
  /**
   * The time of the clock that the source's files get their times from, which need not be this machine's: a file server has its
   * own. Default: this machine's.
   */
  readonly clock?: () => Promise<Date>;
  /** Milliseconds before the listing within which a file counts as just written. Default 600,000. */
  readonly justWritten?: number;
  /**
   * Whether each file is opened, to find those that can't be: on a directory an open(2), on a bucket a HEAD request each.
   * Default `true`.
   */
  readonly open?: boolean;
  /** Whether keys are compared without case and Unicode form. Default `true`. */
  readonly collisions?: boolean;
  /** Directory of the temporary file for that, 20 bytes to twice the key's length for each file. Default: the system's. */
  readonly temporary?: string;
  /** What the first bytes of a file are, by themselves: then a sample is compared with what the names say. Default: none is. */
  readonly typeOf?: TypeOf;
  /** Bytes that the target takes as one file. Default 5 TiB, which all S3 servers do; Amazon's take 48.8 TiB. */
  readonly maxFileBytes?: number;
  /** Bytes above which the target gets a file in parts, and of a part. Default 8 MiB. */
  readonly partSize?: number;
  /** Files under way at once, now and in the migration. Default 16. */
  readonly concurrency?: number;
  /** Files of each size class that are measured. Default 128. */
  readonly sampleFiles?: number;
  /** Seconds for each size class and side; what has begun is finished. Default 5. */
  readonly sampleSeconds?: number;
  /** Hours a day that the migration may run: for each, the estimate says how many days. Default none. */
  readonly windowHours?: readonly number[];
  /** Without, there is no estimate of costs. See `pricesOf`. */
  readonly prices?: PriceList;
  /** Ends the plan; what is in the target is removed first. */
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: PlanEvent) => void;
  /** As `Math.random`, the default. */
  readonly random?: () => number;
}

/** The documented shape of `storage plan --json`: within a version, entries are added and never changed. */
export interface MigrationPlan {
  readonly version: 1;
  /** By this machine's clock. */
  readonly created: Date;
  /** `incomplete`: with the problems as they are, some files would not get there. */
  readonly outcome: 'ready' | 'incomplete';
  readonly inventory: PlanInventory;
  readonly problems: readonly ProblemSummary[];
  /** What was looked for beside what a listing tells. */
  readonly checked: {
    /** Whether each file was opened. */
    readonly opened: boolean;
    readonly collisions: boolean;
    /** Files whose bytes were compared with their names. */
    readonly types: number;
    /** Whose clock `just-written` and the ages go by. */
    readonly clock: 'source' | 'host';
    /** Whether the target was tried, and does not merely say what it can do. */
    readonly target: boolean;
  };
  /** Not where there is no file that could be measured. */
  readonly time?: TimeEstimate;
  /** Where there were prices. */
  readonly cost?: CostEstimate;
  /** What could not be removed from the target again. */
  readonly leftover?: Leftover;
}

/** What one PUT can carry. Bytes. */
const MAX_SINGLE_SIZE = 5 * 1024 ** 3;

/**
 * Looks at what a migration would meet, how long it would take and what it would cost, before anything is begun. Goes through the
 * source once, in memory that does not grow with it.
 * @throws StorageError `InvalidArgument`; `Unsupported`, operation `migrate`, if the target was tried and ignores preconditions;
 * whatever keeps the source's listing from being read to its end.
 */
export async function plan(options: PlanOptions): Promise<MigrationPlan> {
  checkOptions(options);
  const { source, target, prices, accept = [], measure, concurrency = 16 } = options;
  const { open = true, partSize = 8 * 1024 ** 2, onEvent = () => {} } = options;
  const signal = sharedSignal(options.signal);
  const measured = measure === 'target' ? target : undefined;
  if (measured !== undefined) await preflight({ target: measured, signal });

  const created = new Date();
  const inventory = new InventoryCounter();
  const problems = new ProblemCounter(options.examples ?? 5, options.onProblem ?? (() => {}));
  const sample = new Sample(options.sampleFiles ?? 128, options.random ?? Math.random);
  const cost = prices && new CostCounter(prices, partSize);
  const collisions =
    options.collisions === false ? undefined : new KeyCollisions(options.temporary);
  const begun = performance.now();
  try {
    const now = await runningClock(options.clock);
    await walkSource({
      ...{ source, inventory, problems, sample, cost, collisions, now, open },
      ...{ concurrency, signal, onEvent, limits: limitsOf(options) },
    });
  } finally {
    collisions?.close();
  }
  const list = (performance.now() - begun) / 1000;
  const types = await checkTypes(sample, { source, problems, typeOf: options.typeOf, signal });
  const counted = inventory.result();
  const { time, leftover } = await measureTime(counted.sizes, sample, list, {
    ...{ source, target: measured, concurrency, signal, onEvent },
    seconds: options.sampleSeconds ?? 5,
    windows: options.windowHours ?? [],
  });
  const found = problems.result(accept);
  return {
    version: 1,
    created,
    outcome: found.some(({ blocking, accepted }) => blocking && !accepted) ? 'incomplete' : 'ready',
    inventory: counted,
    problems: found,
    checked: {
      opened: open,
      collisions: collisions !== undefined,
      types,
      clock: options.clock === undefined ? 'host' : 'source',
      target: measured !== undefined,
    },
    ...(time === undefined ? {} : { time }),
    ...(cost === undefined ? {} : { cost: cost.result() }),
    ...(leftover === undefined ? {} : { leftover }),
  };
}

/** The clock is asked once; this machine's tells how long ago that was. */
async function runningClock(clock: PlanOptions['clock']): Promise<() => number> {
  const start = (await clock?.())?.getTime() ?? Date.now();
  const begun = performance.now();
  return () => start + (performance.now() - begun);
}

function limitsOf({ target, prefix = '', maxFileBytes, justWritten }: PlanOptions): FileLimits {
  return {
    keyBytes: MAX_KEY_BYTES,
    prefixBytes: Buffer.byteLength(prefix),
    fileBytes: maxFileBytes ?? 5 * 1024 ** 4,
    conditionalBytes: target === undefined ? Number.POSITIVE_INFINITY : conditionalBytes(target),
    justWritten: justWritten ?? 600_000,
  };
}

/** A target that claims no conditions at all, and can be tried, has not been tried: then nothing is known. */
function conditionalBytes({ capabilities, probe }: StorageProvider): number {
  const { conditionalCreate, conditionalCreateInParts } = capabilities;
  const unknown = conditionalCreate === 'absent' && probe !== undefined;
  return unknown || conditionalCreateInParts !== 'absent'
    ? Number.POSITIVE_INFINITY
    : MAX_SINGLE_SIZE;
}

function checkOptions(options: PlanOptions): void {
  const fail = (message: string): never => {
    throw new StorageError('InvalidArgument', message);
  };
  const counts = ['concurrency', 'sampleFiles', 'partSize', 'maxFileBytes'] as const;
  for (const name of counts) {
    const value = options[name] ?? 1;
    if (!Number.isSafeInteger(value) || value < 1) fail(`${name} is a whole number, 1 or more`);
  }
  for (const name of ['examples', 'justWritten', 'sampleSeconds'] as const) {
    if (!((options[name] ?? 0) >= 0)) fail(`${name} is a number, 0 or more`);
  }
  for (const hours of options.windowHours ?? []) {
    if (!(hours > 0 && hours <= 24))
      fail('a window is a number of hours, more than 0 and up to 24');
  }
  if (options.measure === 'target' && options.target === undefined)
    fail('to measure the target there must be one');
}
