import { StorageError } from '@org/storage-core';
import type { Control } from '../journal/run.js';
import { type ConcurrencyBounds, checkBounds } from './adaptive-concurrency.js';
import { type TimeWindow, TimeWindows } from './time-windows.js';

/** How fast a run may go. What the journal's {@link Control} sets goes before it. */
export interface PaceOptions {
  /**
   * Files under way at once; `auto`, or bounds for it: as many as the target bears, found out on the way. Each large file takes the
   * memory of a few parts. Default 16.
   */
  readonly concurrency?: number | 'auto' | ConcurrencyBounds | undefined;
  /** Bytes a second that are read from the source, by all files together; large files are read twice. Default: no limit. */
  readonly bandwidth?: number | undefined;
  /** Files that are begun in a second. Default: no limit. */
  readonly rate?: number | undefined;
  /** When files may be begun. Default: at any time. */
  readonly windows?: readonly TimeWindow[] | undefined;
  /** Of the windows, such as `Europe/Berlin`. Default: the system's. */
  readonly timezone?: string | undefined;
}

/** What a run goes by at a moment. */
export interface PaceState {
  readonly concurrency: number | 'auto';
  /** Bytes a second. */
  readonly bandwidth?: number;
  /** Files begun a second. */
  readonly rate?: number;
  /** Why no file is begun: another process has paused it, or it is not the time. */
  readonly waiting?: 'paused' | 'window';
  /** When the next window opens. */
  readonly until?: Date;
}

const DEFAULT_CONCURRENCY = 16;

/**
 * What a run with these options goes by, whatever another process sets.
 * @throws StorageError `InvalidArgument`.
 */
export function paceOf(options: PaceOptions): (control: Control, now: number) => PaceState {
  const { concurrency = DEFAULT_CONCURRENCY, bandwidth, rate, windows = [], timezone } = options;
  if (typeof concurrency === 'number' && !(Number.isSafeInteger(concurrency) && concurrency >= 1))
    throw wrong('the concurrency is a whole number of files, 1 or more, or auto');
  if (typeof concurrency === 'object') checkBounds(concurrency);
  if (bandwidth !== undefined && !(bandwidth >= 1))
    throw wrong('the bandwidth is a number of bytes a second, 1 or more');
  if (rate !== undefined && !(rate >= 0.001))
    throw wrong('the rate is a number of files a second, 0.001 or more');
  // Making a clock of a time zone takes longer than all the rest here.
  const clocked = windows.length > 0 || timezone !== undefined;
  const open = clocked ? new TimeWindows(windows, timezone) : undefined;
  const own = {
    concurrency: typeof concurrency === 'number' ? concurrency : ('auto' as const),
    ...(bandwidth === undefined ? {} : { bandwidth }),
    ...(rate === undefined ? {} : { rate }),
  };
  return ({ paused, ...set }, now) => {
    const limits = { ...own, ...set };
    if (paused) return { ...limits, waiting: 'paused' };
    if (open === undefined || windows.length === 0 || open.isOpen(now)) return limits;
    const next = open.nextOpening(now);
    return {
      ...limits,
      waiting: 'window',
      ...(next === undefined ? {} : { until: new Date(next) }),
    };
  };
}

function wrong(message: string): StorageError {
  return new StorageError('InvalidArgument', message);
}
