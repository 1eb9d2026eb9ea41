const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

const TIME = '(\\d{2}):(\\d{2}):(\\d{2})';
const MONTH = `(${MONTHS.join('|')})`;
const DAY = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)';

const IMF_FIXDATE = new RegExp(`^${DAY}, (\\d{2}) ${MONTH} (\\d{4}) ${TIME} GMT$`);
const RFC_850 = new RegExp(
  `^(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, (\\d{2})-${MONTH}-(\\d{2}) ${TIME} GMT$`,
);
const ASCTIME = new RegExp(`^${DAY} ${MONTH} ([ \\d]\\d) ${TIME} (\\d{4})$`);

/**
 * The seconds since the epoch of an HTTP date in one of its three forms, https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7;
 * `undefined` of anything else, which `Date.parse` would make something of.
 */
export function parseHttpDate(text: string, now = new Date()): number | undefined {
  const [, day, month, year, ...time] = IMF_FIXDATE.exec(text) ?? RFC_850.exec(text) ?? [];
  if (year !== undefined) return secondsOf(fullYear(year, now), month, day, time);
  const [, ascMonth, ascDay, ...rest] = ASCTIME.exec(text) ?? [];
  return secondsOf(Number(rest.at(-1)), ascMonth, ascDay, rest.slice(0, 3));
}

/** Seconds, as an HTTP date tells the time. */
export function httpSeconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}

/** Of two digits, those that are not more than fifty years ahead. */
function fullYear(digits: string, now: Date): number {
  if (digits.length > 2) return Number(digits);
  const year = Math.floor(now.getUTCFullYear() / 100) * 100 + Number(digits);
  return year > now.getUTCFullYear() + 50 ? year - 100 : year;
}

function secondsOf(
  year: number,
  month: string | undefined,
  day: string | undefined,
  time: readonly string[],
): number | undefined {
  const [hour = 0, minute = 0, second = 0] = time.map(Number);
  const index = MONTHS.indexOf(month ?? '');
  const at = Date.UTC(year, index, Number(day), hour, minute, Math.min(second, 59)); // 60: a leap second
  const valid = hour < 24 && minute < 60 && second <= 60 && new Date(at).getUTCMonth() === index;
  return Number.isNaN(at) || !valid ? undefined : at / 1000;
}
