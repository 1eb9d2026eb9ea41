import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type S3Server, startS3Server } from '@org/storage-testkit/s3-server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Dice } from '../live/dice.js';
import { LARGE, LIVE, type Scenario, WINDOW } from './acts.js';
import type { Death } from './life.js';
import { expectSameEnd, type Outcome, play, readSqlite, settle } from './play.js';
import { openSqlite } from './process.js';
import { BUCKET } from './site.js';

let server: S3Server;
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'storage-crash-'));
  server = await startS3Server({ buckets: [BUCKET] });
});
afterAll(async () => {
  await server.close();
  await rm(directory, { recursive: true, force: true });
});

async function played(scenario: Scenario, deathsIn?: (act: number) => readonly Death[]) {
  const places = await settle(scenario, server, directory);
  const stage = { server, places, openJournal: openSqlite, readJournal: readSqlite };
  const outcomes = await play(scenario, stage, deathsIn);
  await rm(places.work, { recursive: true });
  return outcomes;
}

describe.each([LARGE, WINDOW, LIVE])('a migration $name', (scenario) => {
  let undisturbed: ReadonlyMap<number, Outcome>;
  beforeAll(async () => {
    undisturbed = await played(scenario);
  });
  const stepsOf = (act: number) => undisturbed.get(act)?.steps.length ?? 0;

  it('comes to every state', () => {
    const seen = new Set<unknown>();
    for (const { state } of undisturbed.values())
      for (const row of state?.journal ?? []) seen.add(row.state).add(row.retirement);
    expect(scenario.reaches.filter((state) => !seen.has(state))).toEqual([]);
  });

  /**
   * To die after a step leaves what to die before the next one does: they are told apart only at the end. Since a command that was
   * killed ends as one that was not, each play has a death in each of its acts.
   */
  it('ends the same whichever step of a command its process dies at', {
    timeout: 1_200_000,
  }, async () => {
    const most = Math.max(...[...undisturbed.keys()].map(stepsOf));
    let deaths = 0;
    for (let step = 1; step <= most + 1; step++) {
      const disturbed = await played(scenario, (act) => {
        const last = stepsOf(act);
        if (step <= last) return [{ step, moment: 'before' }];
        return step === last + 1 ? [{ step: last, moment: 'after' }] : [];
      });
      deaths += expectSameEnd(disturbed, undisturbed);
    }
    const steps = [...undisturbed.keys()].map((act) => stepsOf(act) + 1);
    expect(deaths).toBe(steps.reduce((sum, count) => sum + count));
  });

  it('ends the same where one process after the other dies', { timeout: 1_200_000 }, async () => {
    for (let seed = 1; seed <= 5; seed++) {
      const dice = new Dice(seed);
      const disturbed = await played(scenario, (act) => {
        let step = 0;
        return Array.from({ length: 4 }, () => {
          step += dice.between(1, stepsOf(act));
          return { step, moment: dice.between(0, 1) === 0 ? 'before' : 'after' } as const;
        });
      });
      expect(expectSameEnd(disturbed, undisturbed, `seed ${seed}`)).toBeGreaterThan(10);
    }
  });
});
