/** Milliseconds. */
const DURATIONS: Readonly<Record<string, number>> = {
  '': 1,
  ms: 1,
  s: 1_000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Bytes, in capitals. */
const SIZES: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  KB: 1_000,
  MB: 1_000 ** 2,
  GB: 1_000 ** 3,
  TB: 1_000 ** 4,
  KIB: 1_024,
  MIB: 1_024 ** 2,
  GIB: 1_024 ** 3,
  TIB: 1_024 ** 4,
};

/** `250ms`, `30s`, `5m` or `5min`, `1.5h`, `2d` → whole milliseconds; a bare number is milliseconds; `undefined` for anything else. */
export function parseDuration(text: string): number | undefined {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|min|m|h|d)?$/.exec(text.trim()) ?? [];
  return quantity(number, DURATIONS[unit]);
}

/** `64KiB`, `1.5 GB`, `4096` → whole bytes, in capitals or not; `undefined` for anything else. */
export function parseSize(text: string): number | undefined {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim()) ?? [];
  return quantity(number, SIZES[unit.toUpperCase()]);
}

function quantity(number: string | undefined, unit: number | undefined): number | undefined {
  if (number === undefined || unit === undefined) return undefined;
  const whole = Math.round(Number(number) * unit);
  return Number.isSafeInteger(whole) ? whole : undefined;
}
