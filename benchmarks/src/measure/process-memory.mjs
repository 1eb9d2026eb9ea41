import { readdirSync, readFileSync } from 'node:fs';

/** Milliseconds between two looks. */
const EVERY = 25;

/** How many bytes of memory a process and all below it have at the most at once, looked at until `stop()`. */
export class MemoryWatch {
  #root;
  #timer;
  #peak;

  /** @param root its process id; it is itself not counted, but what it starts is. */
  constructor(root) {
    this.#root = root;
    this.#look();
    this.#timer = setInterval(() => this.#look(), EVERY);
  }

  /** @returns bytes: the largest sum, at one look, of what each process that ran then had had at the most; `undefined` where there is no `/proc`. */
  stop() {
    clearInterval(this.#timer);
    return this.#peak;
  }

  #look() {
    const peaks = below(this.#root).flatMap((pid) => peakOf(pid) ?? []);
    if (peaks.length === 0) return;
    const sum = peaks.reduce((total, bytes) => total + bytes, 0);
    this.#peak = Math.max(this.#peak ?? 0, sum);
  }
}

/** All processes that this one has started, those that these have started, and so on. */
export function below(pid) {
  return childrenOf(pid).flatMap((child) => [child, ...below(child)]);
}

/** Each thread has the children that it has started: https://docs.kernel.org/filesystems/proc.html#proc-pid-task-tid-children */
function childrenOf(pid) {
  return threadsOf(pid).flatMap((thread) =>
    (read(`/proc/${pid}/task/${thread}/children`) ?? '')
      .split(' ')
      .filter((child) => child !== '')
      .map(Number),
  );
}

function threadsOf(pid) {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return []; // it has ended
  }
}

/** @returns bytes: the peak of its resident memory so far; `undefined` once it has ended. */
export function peakOf(pid) {
  return peakIn(read(`/proc/${pid}/status`) ?? '');
}

/** @param status as `/proc/PID/status` has it. A process that has ended, and was not waited for yet, has no memory in it. */
export function peakIn(status) {
  const kib = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
  return kib === undefined ? undefined : Number(kib) * 1024;
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined; // it has ended
  }
}
