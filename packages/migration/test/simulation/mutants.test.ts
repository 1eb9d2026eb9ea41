import { expect, test } from 'vitest';
import { mutants } from './mutants.js';
import { scenariosWith } from './mutate.js';

/** Schedules of each scenario in which a missing guard has to show. */
const BUDGET = 1000;

test.each(mutants)(
  'without the guard “$guard” the simulation fails',
  async ({ guard, mutations }) => {
    const { explore, pairs } = await scenariosWith(mutations);
    for (let seeds = 10; seeds <= BUDGET; seeds *= 10) {
      for (const [name, scenario] of Object.entries(pairs)) {
        const { violation } = await explore({ scenario, schedules: { seeds: [1, seeds] } });
        if (violation === undefined) continue;
        console.log(`${guard}: seed ${violation.seed} of “${name}”`);
        if (process.env['TRACE']) console.log(violation.error.message);
        return;
      }
    }
    expect.unreachable(`${guard}: not missed`);
  },
);
