import { InvalidArgumentError } from 'commander';

/** ms. */
const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** `90s`, `15min`, `1.5h`, `2d` or `0`, in ms. */
export function parseDuration(text: string): number {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|min|h|d)?$/.exec(text.trim()) ?? [];
  const ms = Number(number) * (UNITS[unit] ?? (Number(number) === 0 ? 1 : Number.NaN));
  if (number === '' || !Number.isSafeInteger(Math.round(ms)))
    throw new InvalidArgumentError('It takes a time such as 90s, 15min, 1.5h or 2d.');
  return Math.round(ms);
}
