import { createRequire, syncBuiltinESMExports } from 'node:module';
import { LARGE } from './acts.js';
import { type Death, Fate, Life } from './life.js';
import { begin, end, openSqlite, type Places } from './process.js';

/** What a process is told that runs a command of the scenario, to its end or its death. */
export interface Order {
  readonly places: Places;
  readonly act: number;
  readonly deaths: readonly Death[];
}

/** Calls that change what is on a disk. */
const CHANGES = {
  'node:fs/promises': ['copyFile', 'link', 'mkdir', 'rename', 'rm', 'rmdir', 'unlink'],
  'node:fs': ['fsync', 'linkSync', 'mkdirSync', 'renameSync', 'unlinkSync', 'write', 'writeSync'],
} as const;

/** A call of these is a step as well: so it may die in the middle of what a provider does. */
function stepOnTheDisk(fate: Fate, die: () => void): void {
  const require = createRequire(import.meta.url);
  for (const [name, calls] of Object.entries(CHANGES)) {
    const module: Record<string, unknown> = require(name);
    for (const call of calls) {
      const original = module[call];
      if (typeof original !== 'function') throw new Error(`${name} has no ${call}`);
      module[call] = (...given: unknown[]) => {
        if (fate.take(`${call} ${String(given[0])}`) !== undefined) die();
        return Reflect.apply(original, module, given);
      };
    }
  }
  syncBuiltinESMExports();
}

process.once('message', async ({ places, act, deaths }: Order) => {
  const fate = new Fate(deaths);
  const die = () => void process.kill(process.pid, 'SIGKILL');
  stepOnTheDisk(fate, die);
  const work = LARGE.acts[act];
  if (work === undefined || !('run' in work)) throw new Error(`act ${act} is no command`);
  const begun = await begin(places, new Life(fate, die), openSqlite, () => {});
  await work.run(begun);
  await end(begun);
  process.send?.(fate.steps.length);
  process.disconnect();
});
