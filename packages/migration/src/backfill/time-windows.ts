import { StorageError } from '@org/storage-core';

/** A part of each day, by the clock on the wall; over midnight where `to` comes before `from`. */
export interface TimeWindow {
  /** `HH:MM`; the minute is in. */
  readonly from: string;
  /** `HH:MM`, up to `24:00`; the minute is out. */
  readonly to: string;
}

const MINUTE = 60_000;
const DAY_IN_MINUTES = 24 * 60;

/**
 * The times at which files may be begun. It goes by what a clock in that place shows at each moment, so that on the days on
 * which it is put forward or back, a window is an hour shorter or longer, or, if it lies in the hour that is left out, not
 * there. Files that are under way at the end of a window are finished.
 */
export class TimeWindows {
  readonly #windows: readonly (readonly [from: number, to: number])[];
  readonly #wall: Intl.DateTimeFormat;

  /**
   * @param timezone such as `Europe/Berlin`; default the system's.
   * @throws StorageError `InvalidArgument`.
   */
  constructor(windows: readonly TimeWindow[], timezone?: string) {
    this.#windows = windows.map(minutesOf);
    this.#wall = wallClock(timezone);
  }

  /** @param time milliseconds since 1970. */
  isOpen(time: number): boolean {
    const minute = this.#minuteOfDay(time);
    return this.#windows.some(([from, to]) =>
      from < to ? from <= minute && minute < to : minute >= from || minute < to,
    );
  }

  /** When it is open next, in milliseconds since 1970; `undefined` if not within a week. */
  nextOpening(time: number): number | undefined {
    if (this.isOpen(time)) return time;
    const first = Math.floor(time / MINUTE) * MINUTE; // time zones differ by whole minutes
    for (let minute = 1; minute <= 7 * DAY_IN_MINUTES; minute++) {
      if (this.isOpen(first + minute * MINUTE)) return first + minute * MINUTE;
    }
    return undefined;
  }

  #minuteOfDay(time: number): number {
    const parts = this.#wall.formatToParts(time);
    const value = (type: 'hour' | 'minute') =>
      Number(parts.find((part) => part.type === type)?.value);
    return value('hour') * 60 + value('minute');
  }
}

function wallClock(timezone: string | undefined): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-GB', {
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
      calendar: 'gregory',
      numberingSystem: 'latn',
      ...(timezone === undefined ? {} : { timeZone: timezone }),
    });
  } catch (cause) {
    throw new StorageError(
      'InvalidArgument',
      `${timezone} is no time zone; they are named like Europe/Berlin`,
      { cause },
    );
  }
}

function minutesOf({ from, to }: TimeWindow): readonly [number, number] {
  const window = [minuteOf(from), minuteOf(to)] as const;
  if (window[0] === window[1] || window[0] === DAY_IN_MINUTES)
    throw wrong(`the window ${from}-${to} is empty`);
  return window;
}

function minuteOf(text: string): number {
  const [, hours = '', minutes = ''] = /^(\d{1,2}):(\d{2})$/.exec(text) ?? [];
  const minute = Number(hours) * 60 + Number(minutes);
  if (hours === '' || Number(minutes) > 59 || minute > DAY_IN_MINUTES)
    throw wrong(`${text} is no time of day; write 01:30`);
  return minute;
}

function wrong(message: string): StorageError {
  return new StorageError('InvalidArgument', message);
}
