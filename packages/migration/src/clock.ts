/** Time, as a run sees it. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls `task` every so many milliseconds. @returns what ends that. */
  every(milliseconds: number, task: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  every(milliseconds, task) {
    const timer = setInterval(task, milliseconds);
    return () => clearInterval(timer);
  },
};
