import { z } from 'zod';

/** A secret that has to be there, itself or, by then, from its file. */
export function needed(value: string | undefined, setting: string, context: z.RefinementCtx) {
  if (value !== undefined) return value;
  context.addIssue({
    code: 'custom',
    path: [setting],
    message: `is missing, and so is ${setting}File`,
  });
  return z.NEVER;
}
