import { z } from 'zod';
import { invalid } from '../security/app-error.js';
import { hasNul } from '../security/plain-text.js';

/** Where a page ended: the value that is sorted by, and the id, which makes it unique. */
export interface Position {
  readonly value: string | number;
  readonly id: string;
}

const POSITION = z.tuple([z.string(), z.union([z.string(), z.int()]), z.string()]);

/** @param order What the list is sorted by: a cursor is good for no other. */
export function writeCursor(order: string, { value, id }: Position): string {
  return Buffer.from(JSON.stringify([order, value, id])).toString('base64url');
}

/**
 * @param type Of what is sorted by: PostgreSQL compares it with nothing else.
 * @throws AppError 400.
 */
export function readCursor(order: string, cursor: string, type: 'string' | 'number'): Position {
  try {
    const written: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    const [of, value, id] = POSITION.parse(written);
    if (of === order && typeof value === type && !hasNul([value, id])) return { value, id };
  } catch {
    // as below
  }
  throw invalid('The cursor is of another list.', { cursor: 'It is of another list.' });
}
