import { randomUUID } from 'node:crypto';

/**
 * Begins the keys of what a health check writes; a random UUID follows. Providers keep them out of listings, unless the prefix asks for
 * them, and out of the trash: they are no files of the application's.
 */
export const HEALTH_PREFIX = '.storage/health-';

const HEALTH_KEY = /^\.storage\/health-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** One that nobody else has. */
export function newHealthKey(): string {
  return `${HEALTH_PREFIX}${randomUUID()}`;
}

export function isHealthKey(key: string): boolean {
  return HEALTH_KEY.test(key);
}
