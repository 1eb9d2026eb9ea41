// npm run simulate -- --minutes 30: the simulation with seeds of its own, for so many minutes on all processors.
import { parseArgs } from 'node:util';
import { run } from './run.mjs';
import { setup } from './setup.mjs';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    /** The first seed; default: a random one. */
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1e9)) },
  },
});

setup();
console.log(`From seed ${values.seed} on`);
run('vitest', ['run', '--project', 'unit', 'packages/migration/test/simulation/simulated-'], {
  env: { STORAGE_SIMULATION_MINUTES: values.minutes, STORAGE_FIRST_SEED: values.seed },
});
