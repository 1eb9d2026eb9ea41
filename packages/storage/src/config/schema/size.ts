import { parseSize } from '@org/storage-core';
import { z } from 'zod';

const SIZES = 'a size such as 64KiB, 8MiB, 1GiB or 5MB, or whole bytes';

/**
 * @param least bytes.
 * @param most bytes.
 * @param range what is allowed, in words.
 */
export function size(least = 0, most = Number.MAX_SAFE_INTEGER, range?: string) {
  const allowed = range === undefined ? SIZES : `${SIZES}, ${range}`;
  const wrong = `is not ${allowed}`;
  const bytes = z.int().min(least, wrong).max(most, wrong);
  const text = z.string().transform((value, context) => {
    const parsed = bytes.safeParse(parseSize(value));
    if (parsed.success) return parsed.data;
    context.addIssue({ code: 'custom', message: wrong });
    return z.NEVER;
  });
  return z.union([text, bytes], { error: wrong }).describe(`Size: ${allowed}.`);
}
