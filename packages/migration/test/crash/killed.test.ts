import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type S3Server, startS3Server } from '@org/storage-testkit/s3-server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../fixtures.js';
import { Dice } from '../live/dice.js';
import { builtFrom } from '../live/modules.js';
import { LARGE } from './acts.js';
import { Fate } from './life.js';
import type { Order } from './mortal-process.js';
import { type Outcome, perform, play, readSqlite, type Stage, settle } from './play.js';
import { openSqlite } from './process.js';
import { BUCKET } from './site.js';

const module = builtFrom(fileURLToPath(new URL('.', import.meta.url)), ['mortal-process']);

let server: S3Server;
beforeAll(async () => {
  server = await startS3Server({ buckets: [BUCKET] });
});
afterAll(() => server.close());

/** Runs a command in a process of its own. @returns its steps if it came to its end, or that it was killed. */
async function runInProcess(order: Order): Promise<number | 'killed'> {
  const child = fork(module('mortal-process'), { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  let printed = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  let steps: number | undefined;
  child.on('message', (count) => {
    steps = Number(count);
  });
  child.send(order);
  const [code, signal] = await once(child, 'close');
  if (signal === 'SIGKILL') return 'killed';
  if (code !== 0 || steps === undefined) throw new Error(`it has ended with ${code}: ${printed}`);
  return steps;
}

async function played(run: Stage['run']) {
  const places = await settle(LARGE, server, await temporaryDirectory());
  const stage = { server, places, openJournal: openSqlite, readJournal: readSqlite };
  return play(LARGE, run === undefined ? stage : { ...stage, run });
}

/**
 * A process that is killed in the middle of an upload leaves it in staging until the clean-up; in the middle of a restoration, the file
 * stays in the archive as well until that is purged.
 */
function apartFromLeftovers(outcomes: ReadonlyMap<number, Outcome>) {
  return [...outcomes].map(([act, { name, state }]) => {
    const { reserved, archive: _, ...others } = state ?? {};
    const staging = act === LARGE.acts.length - 1 ? reserved?.staging : [];
    return { act, name, staging, ...others };
  });
}

describe('processes that are killed by the system', () => {
  it('at any call that changes a disk, the journal or the bucket leave what the next one ends', {
    timeout: 1_200_000,
  }, async () => {
    const undisturbed = await played(undefined);
    const steps = new Map<number, number>();
    await played(async (act, _, { places }) => {
      const count = await runInProcess({ places, act, deaths: [] });
      if (count !== 'killed') steps.set(act, count);
      return 0;
    });
    let deaths = 0;
    for (let seed = 1; seed <= 3; seed++) {
      const dice = new Dice(seed);
      const disturbed = await played(async (act, command, stage) => {
        const step = dice.between(1, steps.get(act) ?? 1);
        const order = { places: stage.places, act, deaths: [{ step, moment: 'before' }] } as const;
        if ((await runInProcess(order)) === 'killed') deaths++;
        return perform(command, stage, new Fate([]));
      });
      expect(apartFromLeftovers(disturbed), `seed ${seed}`).toEqual(
        apartFromLeftovers(undisturbed),
      );
    }
    expect(deaths).toBeGreaterThan(18);
  });
});
