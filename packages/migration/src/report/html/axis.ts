import { formatCount } from '../format.js';

/**
 * Round values from 0 to `max` at the least, about `count` of them: steps of 1, 2 or 5 times a power of `base`, and
 * where that is 1024, of 1 at the least.
 */
export function ticks(max: number, count: number, base: 10 | 1024 = 10): number[] {
  const least = base === 1024 ? Math.max(1, max / count) : Math.max(max / count, Number.MIN_VALUE);
  const step = roundStep(least, base);
  const last = Math.ceil(max / step - 1e-9);
  return Array.from({ length: Math.max(1, last) + 1 }, (_, index) => index * step);
}

/** Whole seconds, minutes, hours or days from 0 to `max` at the most, six at the most. */
export function timeTicks(max: number): number[] {
  const step = TIME_STEPS.find((seconds) => max / seconds <= 5) ?? Math.ceil(max / 5 / DAY) * DAY;
  return Array.from({ length: Math.floor(max / step) + 1 }, (_, index) => index * step);
}

/** 7200 → `2 h`: what {@link timeTicks} gives, in its largest unit. */
export function formatTick(seconds: number): string {
  const [name, unit] = UNITS.find(([, size]) => seconds % size === 0) ?? ['s', 1];
  return seconds === 0 ? '0' : `${formatCount(seconds / unit)} ${name}`;
}

const DAY = 86_400;
const UNITS: readonly (readonly [name: string, seconds: number])[] = [
  ['d', DAY],
  ['h', 3600],
  ['min', 60],
];
const TIME_STEPS: readonly number[] = [
  ...[1, 2, 5, 10, 30],
  ...[1, 2, 5, 10, 30].map((minutes) => minutes * 60),
  ...[1, 2, 6, 12].map((hours) => hours * 3600),
  ...[1, 2, 5, 10].map((days) => days * DAY),
];

function roundStep(least: number, base: 10 | 1024): number {
  if (base === 1024) {
    const unit = 1024 ** Math.floor(Math.log(least) / Math.log(1024));
    const within = roundStep(least / unit, 10);
    return within > 512 ? unit * 1024 : within * unit;
  }
  const power = 10 ** Math.floor(Math.log10(least));
  const factor = [1, 2, 5, 10].find((candidate) => candidate * power >= least * (1 - 1e-9)) ?? 10;
  return factor * power;
}
