import type { PlanEvent } from '@org/storage-migration';
import { formatBytes, formatCount } from '../format.js';

/** Milliseconds between two lines: on a terminal, where a line takes the place of the one before, and elsewhere. */
const OFTEN = 200;
const SELDOM = 5_000;

/** Tells on standard error what a plan is at. */
interface PlanProgress extends Disposable {
  record(event: PlanEvent): void;
}

export function planProgress(): PlanProgress {
  const { stderr } = process;
  let last = performance.now();
  let shown = false;
  return {
    record(event) {
      const now = performance.now();
      if (now - last < (stderr.isTTY ? OFTEN : SELDOM)) return;
      last = now;
      shown = stderr.isTTY;
      stderr.write(stderr.isTTY ? `\r${lineOf(event)}\u001b[K` : `${lineOf(event)}\n`);
    },
    [Symbol.dispose]() {
      if (shown) stderr.write('\r\u001b[K');
    },
  };
}

function lineOf(event: PlanEvent): string {
  if (event.type === 'scanning') {
    return `looking: ${formatCount(event.seen.files)} files, ${formatBytes(event.seen.bytes)}`;
  }
  const what = event.side === 'source' ? 'reading a sample' : 'sending a sample';
  return `${what}: ${event.done} of ${event.files} files at most`;
}
