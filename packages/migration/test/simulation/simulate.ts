import { availableParallelism } from 'node:os';
import { explore } from '@org/storage-testkit/simulator';
import { afterAll, expect, test } from 'vitest';
import { families } from './scenarios/index.js';

const { STORAGE_SCHEDULES, STORAGE_SIMULATION_MINUTES, STORAGE_FIRST_SEED } = process.env;

/** Schedules of each scenario, unless minutes are given. */
const SCHEDULES = Number(STORAGE_SCHEDULES ?? 2_000);

/** Of all scenarios together, on all processors: each gets its share. */
const MINUTES = Number(STORAGE_SIMULATION_MINUTES ?? 0);

const FIRST_SEED = Number(STORAGE_FIRST_SEED ?? 1);

/** Schedules between two looks at the clock. */
const BATCH = 200;

/** A test for each scenario of a family: no schedule may violate what it checks. */
export function simulate(family: string): void {
  const scenarios = Object.entries(families[family] ?? {});
  const all = Object.values(families).flatMap((each) => Object.keys(each)).length;
  const share = (MINUTES * 60_000 * availableParallelism()) / all;
  const done: Record<string, number> = {};
  test.each(scenarios)(`%s`, { timeout: share + 900_000 }, async (name, scenario) => {
    const begun = performance.now();
    let schedules = 0;
    while (share === 0 ? schedules < SCHEDULES : performance.now() - begun < share) {
      const batch = share === 0 ? Math.min(BATCH, SCHEDULES - schedules) : BATCH;
      const first = FIRST_SEED + schedules;
      const seeds = [first, first + batch - 1] as const;
      const found = await explore({ scenario, schedules: { seeds } });
      if (found.violation !== undefined) throw found.violation.error;
      expect(found).toEqual({ schedules: batch, complete: true });
      schedules += batch;
    }
    done[name] = schedules;
  });
  afterAll(() => {
    console.table({ ...done, 'all together': Object.values(done).reduce((a, b) => a + b, 0) });
  });
}
