import { setTimeout as sleep } from 'node:timers/promises';
import type { Journal } from '@org/storage-migration';
import { jsonLine } from '../display.js';
import { listenForInterrupt } from '../interrupt.js';
import { print } from '../output.js';
import { paintFor } from './colour.js';
import { frame, statusLine } from './frame.js';
import { Screen, type Terminal } from './screen.js';
import { type View, Watcher } from './view.js';

/** Milliseconds between two looks on a terminal, and between two lines elsewhere. */
const LOOK_INTERVAL = 1_000;
const LINE_INTERVAL = 5_000;

/** Shows a migration as it goes on: on a terminal in place, until Ctrl-C; elsewhere in lines, until no run is under way or nobody reads. */
export async function watch(journal: Journal, { json }: { readonly json: boolean }): Promise<void> {
  using interrupt = listenForInterrupt(() => {});
  const watcher = new Watcher(journal);
  const { stdout } = process;
  if (!json && stdout.isTTY && process.env['TERM'] !== 'dumb') {
    await watchOn(stdout, () => watcher.look(), interrupt.stop);
  } else {
    await watchInLines(() => watcher.look(), json, interrupt.stop);
  }
}

/** Redraws every second, and when the terminal's size changes, until `stop` fires. What was seen last stays on the terminal. */
export async function watchOn(
  terminal: Terminal,
  look: () => Promise<View>,
  stop: AbortSignal,
): Promise<void> {
  const paint = paintFor(terminal);
  let view = await look();
  {
    using screen = new Screen(terminal);
    const draw = () => screen.draw(frame(view, terminal.columns, paint));
    using _suspension = giveBackWhileSuspended(screen, draw);
    terminal.on('resize', draw);
    try {
      draw();
      while (await waited(LOOK_INTERVAL, stop)) {
        view = await look();
        draw();
      }
    } finally {
      terminal.off('resize', draw);
    }
  }
  const last = frame(view, terminal.columns, paint).slice(0, -2); // without the line that tells of Ctrl-C
  terminal.write(`${last.join('\n')}\n`);
}

async function watchInLines(
  look: () => Promise<View>,
  json: boolean,
  stop: AbortSignal,
): Promise<void> {
  for (;;) {
    const view = await look();
    const line = json ? jsonLine({ type: 'watch', ...view }) : `${statusLine(view)}\n`;
    if (!(await print([line])) || !view.alive) return;
    if (!(await waited(json ? LOOK_INTERVAL : LINE_INTERVAL, stop))) return;
  }
}

/** @returns `false` if `stop` fired. */
async function waited(milliseconds: number, stop: AbortSignal): Promise<boolean> {
  await sleep(milliseconds, undefined, { signal: stop }).catch(() => {}); // it rejects when the signal fires
  return !stop.aborted;
}

/** Ctrl-Z stops the process, with the terminal as it was; `fg` shows the screen again. */
function giveBackWhileSuspended(screen: Screen, draw: () => void): Disposable {
  const suspend = () => {
    screen.leave();
    process.kill(process.pid, 'SIGSTOP');
  };
  const resume = () => {
    screen.enter();
    draw();
  };
  process.on('SIGTSTP', suspend);
  process.on('SIGCONT', resume);
  return {
    [Symbol.dispose]() {
      process.off('SIGTSTP', suspend);
      process.off('SIGCONT', resume);
    },
  };
}
