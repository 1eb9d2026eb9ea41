import { z } from 'zod';

/** A whole number, 1 or more. */
export const count = () => z.int().min(1);
