import { uptime } from 'node:os';

export interface Timer {
  stop(): void;
}

/** Time as a member of the fleet sees it. Never compared with another host's. */
export interface FleetClock {
  /** ms since some moment; never goes back. Time in which the host is suspended should count. */
  now(): number;
  /** @param hold Whether the timer keeps the process alive. */
  every(ms: number, run: () => void, hold?: boolean): Timer;
}

/** Node's. */
export const systemClock: FleetClock = {
  // Not `performance.now()`: that stands still while a virtual machine is suspended, and the others' clocks go on.
  now: () => uptime() * 1000,
  every(ms, run, hold = false) {
    const timer = setInterval(run, ms);
    if (!hold) timer.unref();
    return { stop: () => clearInterval(timer) };
  },
};
