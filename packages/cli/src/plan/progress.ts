import type { PlanEvent } from '@org/storage-migration';
import { counted, formatFiles } from '../format.js';

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

const DOING = { source: 'reading', target: 'sending', verification: 'reading back' } as const;

function lineOf(event: PlanEvent): string {
  if (event.type === 'scanning') {
    return `looking: ${formatFiles(event.seen)}`;
  }
  return `${DOING[event.side]} a sample: ${event.done} of ${counted(event.files, 'file')} at most`;
}
