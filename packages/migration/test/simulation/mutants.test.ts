import { afterAll, expect, test } from 'vitest';
import { mutants } from './mutants.js';
import { scenariosWith } from './mutate.js';
import { traceMutants } from './trace-mutants.js';

/** Schedules of each scenario in which a missing guard has to show. */
const BUDGET = 20_000;

const killed: { readonly guard: string; readonly seed: number; readonly scenario: string }[] = [];

test.each([...mutants, ...traceMutants].map((mutant) => [mutant.guard, mutant] as const))(
  'without: %s',
  { timeout: 600_000 },
  async (guard, { family, scenario: only, mutations }) => {
    const { explore, mutated } = await scenariosWith(mutations);
    const scenarios = Object.entries(mutated[family] ?? {}).filter(
      ([name]) => only === undefined || name === only,
    );
    for (let seeds = 20; seeds <= BUDGET; seeds *= 10) {
      for (const [scenario, run] of scenarios) {
        const schedules = { seeds: [seeds / 10 - 1, seeds] } as const;
        const { violation } = await explore({ scenario: run, schedules });
        if (violation?.seed === undefined) continue;
        killed.push({ guard, seed: violation.seed, scenario });
        return;
      }
    }
    expect.unreachable(`${BUDGET} schedules of each scenario of “${family}” don’t miss: ${guard}`);
  },
);

afterAll(() => {
  console.table(killed);
});
