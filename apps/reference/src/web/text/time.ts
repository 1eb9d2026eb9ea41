import { element } from '../dom/element.js';

const whole = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
const dayOfYear = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });

/** A `<time>`: the clock for today and the days beside it, the day for all others, all of it as its title. */
export function moment(iso: string): HTMLTimeElement {
  const date = new Date(iso);
  return element('time', { datetime: iso, title: whole.format(date) }, nearby(date, new Date()));
}

/** A `<time>` with the day and the clock. */
export function exactMoment(iso: string): HTMLTimeElement {
  return element('time', { datetime: iso }, whole.format(new Date(iso)));
}

/** `23 Nov`, for the axis of a chart. */
export function shortDay(iso: string): string {
  return dayOfYear.format(new Date(iso));
}

function nearby(date: Date, now: Date): string {
  for (const [days, name] of [
    [0, 'today'],
    [-1, 'yesterday'],
    [1, 'tomorrow'],
  ] as const) {
    const beside = new Date(now);
    beside.setDate(now.getDate() + days);
    if (date.toDateString() === beside.toDateString()) return `${name}, ${clock.format(date)}`;
  }
  return (date.getFullYear() === now.getFullYear() ? dayOfYear : day).format(date);
}
