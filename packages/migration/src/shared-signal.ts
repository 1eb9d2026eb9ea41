import { setMaxListeners } from 'node:events';

/**
 * A signal that fires with the caller's, for many operations at once: each of them listens to it, and Node's warning of
 * more than ten listeners would be a false alarm.
 */
export function sharedSignal(signal: AbortSignal | undefined): AbortSignal | undefined {
  if (signal === undefined) return undefined;
  const shared = AbortSignal.any([signal]);
  setMaxListeners(0, shared);

  return shared;
}
