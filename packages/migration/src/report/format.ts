import type { Count } from '../journal/journal.js';

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** 1536 → `1.5 KiB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits)} ${UNITS[unit]}`;
}

/** 3725 seconds → `1 h 02 min`. */
export function formatSeconds(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${String(whole % 60).padStart(2, '0')} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

/** A rate, with no more digits than it deserves: 0.153 → `0.15`, 8.25 → `8.3`, 12345.6 → `12,346`. */
export function formatRate(rate: number): string {
  return rate < 10 ? String(Number(rate.toPrecision(2))) : formatCount(Math.round(rate));
}

/** 12345 → `12,345`. */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}

/** How many of something: `1 file`, `12,345 files`. @param many Its plural; default with an s. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** Files and their bytes: `1 file, 1.5 KiB`. */
export function formatFiles({ files, bytes }: Count): string {
  return `${counted(files, 'file')}, ${formatBytes(bytes)}`;
}

/** Controls, and what makes text run backwards. */
const STEERING = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** A path from a file system, safe to show: its control characters can’t steer a terminal or turn a line around. */
export function printable(text: string): string {
  return text.replace(STEERING, (character) => {
    const code = character.charCodeAt(0).toString(16);
    return code.length > 2 ? `\\u{${code}}` : `\\x${code.padStart(2, '0')}`;
  });
}
