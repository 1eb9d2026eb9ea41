import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MakeWorld } from '../snippets/world.ts';

/** Ends the applications that the page has started, wherever it was left. */
const make: MakeWorld = async ({ directory, defer }) => {
  for (const name of ['before.pid', 'app.pid']) {
    defer(async () => {
      const pid = await readFile(join(directory, name), 'utf8').catch(() => undefined);
      try {
        if (pid !== undefined) process.kill(Number(pid), 'SIGKILL');
      } catch {
        // It has ended, as the page has it.
      }
    });
  }
};

export default make;
