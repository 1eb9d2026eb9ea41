import type { Dice } from '../../../migration/test/live/dice.js';
import { now } from '../../../migration/test/live/history-file.js';
import { type Operator, type Running, unexpected } from './operator.js';

/** What happens in the middle of a run: it is killed, or something else. */
export type Calamity = 'kill' | ((run: Running) => Promise<void>);

/** Files were left undone; the server was away at the beginning; a process of the application had just begun. */
const RETRIED: readonly (number | null)[] = [1, 2, 3];

interface Work {
  readonly operator: Operator;
  readonly args: readonly string[];
  readonly calamities: readonly Calamity[];
  /** Files that are told of between two calamities, at most. */
  readonly step: number;
  readonly dice: Dice;
  /** Whether anything has happened since that excuses a run which was refused or leaves something undone. */
  readonly excused: (since: number) => boolean;
  readonly onRun: (run: Running) => void;
  /** When a run was killed, before the next. */
  readonly onKill: () => Promise<void>;
}

/** Runs a command again and again, as an operator does, until it says that all is done. @returns how often it was killed. */
export async function untilDone(work: Work): Promise<number> {
  const { operator, args, excused } = work;
  const calamities = [...work.calamities];
  let since = now();
  for (let kills = 0; ; ) {
    const run = operator.start(...args, '--json');
    work.onRun(run);
    if (await isKilled(run, calamities, work)) {
      kills++;
      await work.onKill();
      continue;
    }
    const done = await run.ended;
    operator.note(args, done);
    if (done.code === 0) return kills;
    if (!(RETRIED.includes(done.code) && excused(since))) throw unexpected(args, done, '0');
    since = now(); // only here: who joins the others after a kill goes on with what they have met before
  }
}

/** Takes one calamity after the other, while the run goes on. */
async function isKilled(
  run: Running,
  calamities: Calamity[],
  { step, dice }: Work,
): Promise<boolean> {
  while (calamities.length > 0 && !(await run.toldOf(run.told + dice.between(1, step)))) {
    const calamity = calamities.shift();
    if (calamity === 'kill') {
      await run.kill();
      return true;
    }
    await calamity?.(run);
  }
  return false;
}
