/**
 * Milliseconds for which a server asks not to be called again: it names seconds, or a date, which is compared with its own
 * clock (https://www.rfc-editor.org/rfc/rfc9110#field.retry-after).
 * @param date Of the answer. Default: now.
 * @returns `undefined` for what is neither.
 */
export function retryAfterOf(
  value: string | undefined,
  date: string | undefined,
): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  const until = timeOf(value);
  return until === undefined ? undefined : Math.max(0, until - (timeOf(date) ?? Date.now()));
}

/** Of a date as HTTP writes it, which ends with the zone. */
function timeOf(date: string | undefined): number | undefined {
  const time = date?.endsWith(' GMT') ? Date.parse(date) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}
