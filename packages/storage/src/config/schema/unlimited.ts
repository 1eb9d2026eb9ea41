import { z } from 'zod';

/** The word for no limit, where there would be one. `Infinity` is what it becomes, and taken in code. */
export const unlimited = () => {
  const infinite = z.custom<number>((value) => value === Number.POSITIVE_INFINITY);
  return z.union([z.literal('unlimited').transform(() => Number.POSITIVE_INFINITY), infinite]);
};
