import { writeJson } from './display.js';
import { printable } from './format.js';

/** Tells who is waited for, where that has changed. */
export function waitLines(json: boolean): (behind: readonly string[]) => void {
  let last = '';
  return (behind) => {
    // Seconds pass, and are no news.
    const now = behind.map((line) => line.replaceAll(/\d+ s\b/g, '')).join('\n');
    if (now === last) return;
    last = now;
    if (json) writeJson({ type: 'waiting', behind });
    else for (const line of behind) process.stderr.write(`waiting: ${printable(line)}\n`);
  };
}
