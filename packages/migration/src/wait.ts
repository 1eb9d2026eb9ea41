import { setTimeout as sleep } from 'node:timers/promises';

/** Waits so many milliseconds, or until a signal fires. */
export type Wait = (milliseconds: number, signal: AbortSignal | undefined) => Promise<void>;

/** The longest that a timer of Node's takes. */
const LONGEST = 2 ** 31 - 1;

/** By a clock that does not jump. */
export const wait: Wait = async (milliseconds, signal) => {
  for (let left = milliseconds; left > 0 && !signal?.aborted; left -= LONGEST) {
    await sleep(Math.min(left, LONGEST), undefined, signal === undefined ? {} : { signal }).catch(
      (error: unknown) => {
        if (!signal?.aborted) throw error;
      },
    );
  }
};
