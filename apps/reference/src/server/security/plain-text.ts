import type { FastifyInstance } from 'fastify';
import { invalid, notFound } from './app-error.js';

/**
 * Refuses texts with a NUL, which PostgreSQL can't hold: a statement with one fails, https://www.postgresql.org/docs/current/datatype-character.html.
 * Nothing that has one in its address is there, and nobody means one elsewhere.
 */
export function refuseNul(app: FastifyInstance): void {
  app.addHook('preValidation', async ({ params, query, body }) => {
    if (hasNul(params)) throw notFound();
    if (hasNul(query) || hasNul(body))
      throw invalid('The request has a character that no text has.');
  });
}

/** Without recursion: who sends a body decides how deep it is. */
export function hasNul(value: unknown): boolean {
  const left = [value];
  while (left.length > 0) {
    const next = left.pop();
    if (typeof next === 'string' && next.includes('\0')) return true;
    if (typeof next !== 'object' || next === null) continue;
    for (const [name, inner] of Object.entries(next)) left.push(name, inner);
  }
  return false;
}
