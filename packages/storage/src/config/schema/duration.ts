import { parseDuration } from '@org/storage-core';
import { z } from 'zod';

/** Milliseconds, about 25 days: what a timer can wait. */
const LONGEST = 2 ** 31 - 1;

const DURATIONS = 'a time such as 250ms, 30s, 5m, 1h or 2d, or whole milliseconds';

const WRONG = `is not ${DURATIONS}`;

/** @param least milliseconds. */
export function duration(least = 0) {
  const milliseconds = z.int().min(least, WRONG).max(LONGEST, WRONG);
  const text = z.string().transform((value, context) => {
    const parsed = milliseconds.safeParse(parseDuration(value));
    if (parsed.success) return parsed.data;
    context.addIssue({ code: 'custom', message: WRONG });
    return z.NEVER;
  });
  return z.union([text, milliseconds], { error: WRONG }).describe(`Duration: ${DURATIONS}.`);
}
