import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TimeWindows } from '../../src/backfill/time-windows.js';

const at = (text: string) => Date.parse(text);
const berlin = (...windows: [string, string][]) =>
  new TimeWindows(
    windows.map(([from, to]) => ({ from, to })),
    'Europe/Berlin',
  );

describe('time windows', () => {
  it('are open from their first minute to before their last, by the clock of the place', () => {
    const windows = berlin(['01:00', '05:00']);
    expect(windows.isOpen(at('2026-01-15T00:59:59+01:00'))).toBe(false);
    expect(windows.isOpen(at('2026-01-15T01:00:00+01:00'))).toBe(true);
    expect(windows.isOpen(at('2026-01-15T04:59:59+01:00'))).toBe(true);
    expect(windows.isOpen(at('2026-01-15T05:00:00+01:00'))).toBe(false);
    expect(windows.isOpen(at('2026-07-15T01:00:00+02:00'))).toBe(true);
    expect(windows.isOpen(at('2026-07-15T01:00:00+01:00'))).toBe(true); // 02:00 in summer
    expect(windows.isOpen(at('2026-07-15T04:30:00+01:00'))).toBe(false); // 05:30
  });

  it('go over midnight', () => {
    const windows = berlin(['22:30', '02:00']);
    for (const open of ['22:30', '23:59']) expect(isOpen(windows, open)).toBe(true);
    for (const open of ['00:00', '01:59']) expect(isOpen(windows, open)).toBe(true);
    for (const closed of ['22:29', '02:00', '12:00']) expect(isOpen(windows, closed)).toBe(false);
  });

  it('end at 24:00, and are several', () => {
    const windows = berlin(['22:00', '24:00'], ['3:00', '4:00']);
    for (const open of ['22:00', '23:59', '03:30']) expect(isOpen(windows, open)).toBe(true);
    for (const closed of ['00:00', '02:59', '04:00']) expect(isOpen(windows, closed)).toBe(false);
  });

  it('tell when they open next', () => {
    const windows = berlin(['01:00', '05:00']);
    const next = (text: string) => windows.nextOpening(at(text));
    expect(next('2026-01-15T05:00:00+01:00')).toBe(at('2026-01-16T01:00:00+01:00'));
    expect(next('2026-01-15T00:59:30.500+01:00')).toBe(at('2026-01-15T01:00:00+01:00'));
    expect(next('2026-01-15T02:00:00+01:00')).toBe(at('2026-01-15T02:00:00+01:00'));
  });

  it('lose the hour that is left out in spring, and the window in it', () => {
    // 2026-03-29: after 01:59 +01:00 comes 03:00 +02:00
    const windows = berlin(['02:15', '02:45']);
    expect(windows.nextOpening(at('2026-03-28T12:00:00+01:00'))).toBe(
      at('2026-03-30T02:15:00+02:00'),
    );
    const longer = berlin(['01:30', '03:30']);
    expect(minutesOpen(longer, '2026-03-29T00:00:00+01:00', 23)).toBe(60);
  });

  it('have the hour twice that comes twice in autumn', () => {
    // 2026-10-25: after 02:59 +02:00 comes 02:00 +01:00
    expect(minutesOpen(berlin(['02:00', '03:00']), '2026-10-25T00:00:00+02:00', 25)).toBe(120);
  });

  it('open where they say they open next, and not before', () => {
    const minute = fc.integer({ min: 0, max: 1439 });
    const text = (value: number) =>
      `${Math.floor(value / 60)}:${String(value % 60).padStart(2, '0')}`;
    const zone = fc.constantFrom('Europe/Berlin', 'America/St_Johns', 'Asia/Kathmandu', 'UTC');
    const time = fc.date({ min: new Date('2025-01-01'), max: new Date('2027-01-01') });
    fc.assert(
      fc.property(minute, minute, zone, time, (from, to, timezone, date) => {
        fc.pre(from !== to && !Number.isNaN(date.getTime()));
        const windows = new TimeWindows([{ from: text(from), to: text(to) }], timezone);
        const now = date.getTime();
        const next = windows.nextOpening(now) ?? Number.NaN;
        expect(windows.isOpen(next)).toBe(true);
        if (next > now) {
          expect(windows.isOpen(now)).toBe(false);
          expect(windows.isOpen(next - 60_000)).toBe(false);
        }
      }),
      { numRuns: 50 },
    );
  });

  it.each([
    ['a time that is none', [{ from: '1:60', to: '2:00' }], 'UTC'],
    ['an hour that is none', [{ from: '24:01', to: '2:00' }], 'UTC'],
    ['a text', [{ from: 'noon', to: '2:00' }], 'UTC'],
    ['no length', [{ from: '02:00', to: '2:00' }], 'UTC'],
    ['a beginning at the end of the day', [{ from: '24:00', to: '2:00' }], 'UTC'],
    ['a time zone that is none', [{ from: '1:00', to: '2:00' }], 'Berlin'],
  ])('are refused with %s', (_, windows, timezone) => {
    expect(() => new TimeWindows(windows, timezone)).toThrow(
      expect.objectContaining({ code: 'InvalidArgument' }),
    );
  });
});

function isOpen(windows: TimeWindows, time: string): boolean {
  return windows.isOpen(at(`2026-01-15T${time}:00+01:00`));
}

/** In so many hours from then on. */
function minutesOpen(windows: TimeWindows, from: string, hours: number): number {
  const minutes = Array.from({ length: hours * 60 }, (_, minute) => at(from) + minute * 60_000);
  return minutes.filter((minute) => windows.isOpen(minute)).length;
}
