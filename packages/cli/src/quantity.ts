import { parseSize } from '@org/storage-core';
import { InvalidArgumentError } from 'commander';
import { parseDuration } from './duration.js';

/** `10MiB`, `1.5 GB`, `4096` → bytes. */
export function parseBytes(text: string): number {
  const bytes = parseSize(text);
  if (bytes !== undefined) return bytes;
  throw new InvalidArgumentError(
    'It takes a number of bytes such as 500kB, 10MiB or 1.5GB: k, M, G and T, of 1000 or with an i of 1024.',
  );
}

/** A time that lies so long back, as `30d`, or that is named, as `2026-01-31`. @param now milliseconds since 1970. */
export function parseTime(text: string, now: number = Date.now()): Date {
  if (!/^\d{4}-\d{2}-\d{2}/.test(text)) return new Date(now - parseDuration(text));
  const named = new Date(text);
  if (!Number.isNaN(named.getTime())) return named;
  throw new InvalidArgumentError(
    'It takes an age such as 12h or 30d, or a date such as 2026-01-31 or 2026-01-31T18:00+01:00.',
  );
}
