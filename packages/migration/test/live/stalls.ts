import type { Dice } from './dice.js';

/**
 * Stops this process for a while, again and again, as a machine that is short of time does: answers wait to be read, and what was
 * true when they were sent is so no more.
 */
export function stallNowAndThen(dice: Dice): void {
  const still = new Int32Array(new SharedArrayBuffer(4));
  const next = () => {
    setTimeout(
      () => {
        Atomics.wait(still, 0, 0, dice.between(20, 200));
        next();
      },
      dice.between(50, 600),
    ).unref();
  };
  next();
}
