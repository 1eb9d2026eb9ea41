import { HEALTH_PREFIX } from '@org/storage-core';

/** Begins keys that are no application’s. */
export const RESERVED = '.storage/';

/**
 * Begin the names of what is written to try a bucket out, by a probe, by `storage doctor`, by `storage plan` and by health checks; a random UUID follows. It
 * is removed at the end; what has been killed leaves it, until the next one of any kind finds it, from an hour later on.
 */
export const TRIALS = [
  `${RESERVED}probe-`,
  `${RESERVED}doctor-`,
  `${RESERVED}plan-`,
  HEALTH_PREFIX,
] as const;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-f])/;

/** Whether this is the key of such an object, and so no file of the application’s. */
export function isTrial(key: string): boolean {
  if (!key.startsWith(RESERVED)) return false;
  const prefix = TRIALS.find((each) => key.startsWith(each));
  return prefix !== undefined && UUID.test(key.slice(prefix.length));
}
